"""The dimensions of data IDs, and how people say where something is."""

from collections.abc import Mapping
from typing import Any

DIMENSIONS = (
    "instrument", "detector", "physical_filter", "band", "day_obs", "exposure", "visit",
    "skymap", "tract", "patch", "cell", "subfilter", "healpix",
)  # fmt: skip
# In the order in which people say them. The night follows from the exposure.
SPOKEN = (
    "instrument", "exposure", "visit", "band", "physical_filter", "detector",
    "skymap", "tract", "patch", "cell", "subfilter", "healpix",
)  # fmt: skip


def spoken(place: Mapping[str, Any]) -> dict[str, Any]:
    """Give what people tell a data ID by, in their order.

    Parameters
    ----------
    place
        Values by dimension, and whatever else; absent dimensions are None or left out. With an exposure or a visit the
        band says enough of the filter.
    """
    taken = place.get("exposure") is not None or place.get("visit") is not None
    return {
        name: place[name]
        for name in SPOKEN
        if place.get(name) is not None and not (taken and name == "physical_filter")
    }
