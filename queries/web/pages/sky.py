"""Sky: where the survey has looked, how often and how deep."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from queries.web import links
from queries.web.asked import Asked
from queries.web.desk import Here, Nav
from queries.web.pages.runs import processings
from queries.web.pages.visits import values_of
from queries.web.parts import Table, table
from queries.web.sky_map import all_sky, one_field

router = APIRouter()
NAV = Nav(50, "Sky", "/sky", "Where the survey has looked, how often, and how deep.")
NO_IMAGES = "No image has coordinates yet: `skyledger run single_frame` calibrates the images that came in."
ORDER = 5  # of the cells of the map: 1.8 deg
RADIUS = 2.0  # of a field [deg]
FIELDS = {
    "ra": "RA [deg]", "dec": "Dec [deg]", "n_images": "Images", "n_visits": "Visits", "maglim": "Deepest [mag]",
    "instruments": "Instruments", "bands": "Bands",
}  # fmt: skip
IMAGES = {
    "instrument": "Instrument", "visit": "Visit", "detector": "Detector", "band": "Band", "maglim": "Depth",
    "seeing": "Seeing", "ra": "RA", "dec": "Dec", "dataset_id": "Dataset",
}  # fmt: skip


@router.get("/sky")
def sky(
    desk: Here, instrument: str = "", band: str = "", run: str = "", ra: str = "", dec: str = "", radius: str = ""
) -> Response:
    """Show the map of all the sky, and one field."""
    chosen = {"instrument": instrument, "band": band, "run": run}
    filters = {name: value for name, value in chosen.items() if value}
    cells = desk.ask("sky_cells", **chosen, order=ORDER)
    pointings = desk.ask("sky_pointings", instrument=instrument, band=band)
    density = desk.ask("reference_density", order=ORDER)
    known = desk.ask("instruments_and_bands")
    center = (ra, dec) if ra and dec else _busiest(cells)
    footprints = (
        desk.ask("sky_footprints", ra=center[0], dec=center[1], radius=radius or f"{RADIUS}d", **chosen)
        if center
        else None
    )
    return desk.page(
        "sky.html",
        title="Sky",
        lead="Colour is depth: the magnitude of a star that is just seen. Click a field on the map of the sky to "
        "see its images, and an image to see its visit.",
        crumbs=[("Sky", None)],
        chosen=chosen,
        choices={name: values_of(known, name) for name in ("instrument", "band")} | {"run": processings(desk, run)},
        cells=cells,
        pointings=pointings,
        density=density,
        whole=all_sky(cells.rows, ORDER, pointings.rows, density.rows, ORDER),
        footprints=footprints,
        field=one_field(footprints.rows, _degrees(footprints)) if footprints and footprints.rows else None,
        images=_images(footprints) if footprints else None,
        fields=_fields(cells, filters),
        empty=NO_IMAGES,
    )


def _images(footprints: Asked) -> Table:
    return table(
        footprints, "Images of the field", "The images that are drawn.", IMAGES, links={"instrument": links.visit}
    )


def _fields(cells: Asked, filters: Mapping[str, str]) -> Table:
    def address(row: Mapping[str, Any]) -> str:
        return f"/sky?{urlencode({'ra': row['ra'], 'dec': row['dec'], **filters})}#field"

    return table(
        cells,
        "Fields",
        "Cells of the map that hold images, those with most first. A position leads to the map of its field.",
        FIELDS,
        links={"ra": address, "dec": address},
        empty=NO_IMAGES,
    )


def _busiest(cells: Asked) -> tuple[str, str] | None:
    """Give the position of the cell with most images, one whose depth is known if there is one."""
    found = next((row for row in cells.rows if row["maglim"] is not None), next(iter(cells.rows), None))
    return (str(found["ra"]), str(found["dec"])) if found else None


def _degrees(footprints: Asked) -> tuple[float, float]:
    """Give the center that was asked for, as the query has read it."""
    read = dict(zip(footprints.query.order, footprints.values, strict=True))
    return read["ra"], read["dec"]
