"""One observation from a translated header: what all cameras share."""

from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from ingest.cameras.camera import Camera, Detector, PhysicalFilter
from ingest.cameras.errors import BadWcs, ImpossibleValue
from ingest.cameras.fitsfile import Hdu
from ingest.cameras.footprint import footprint, has_wcs
from ingest.cameras.observation import Kind, Observation, WcsState
from ingest.cameras.translated import ExposureTranslator, pointing, purpose, times


def describe(
    path: Path,
    camera: Camera,
    translator: ExposureTranslator,
    hdu: Hdu,
    *,
    detector: Detector,
    physical_filter: PhysicalFilter | None,
    kind: Kind,
    part: str,
) -> Observation:
    """Put an observation together, or raise ImpossibleValue: a date, position, size or unit cannot be true.

    Parameters
    ----------
    path, camera, translator, hdu
        The file, its camera, what reads its merged and vetted header, and the HDU with the pixels.
    detector, physical_filter, kind, part
        What the camera's own code has found out; the filter is None where it is unknown.
    """
    taken = times(path, camera, translator)  # first: a wrong date makes a wrong position
    looked = pointing(path, translator)
    return Observation(
        **taken,
        **looked,
        **_pixels(path, part, hdu, camera, detector, (looked["ra"], looked["dec"]), kind),
        **purpose(translator),
        instrument=camera.name,
        exposure=translator.to_exposure_id(),
        visit=translator.to_exposure_id(),
        detector=detector.number,
        physical_filter=physical_filter.name if physical_filter else "",
        band=physical_filter.band if physical_filter else "",
        kind=kind,
        part=part,
    )


class _Pixels(TypedDict):
    shape: tuple[int, int]
    corners: NDArray[np.float64] | None
    wcs: WcsState
    wcs_problem: str
    pixel_unit: str


def _pixels(
    path: Path, part: str, hdu: Hdu, camera: Camera, detector: Detector, sky: tuple[float, float], kind: Kind
) -> _Pixels:
    """Say what the HDU holds, and where on the sky that lies."""
    shape = _shape(path, hdu, detector)
    corners, wcs, problem = _corners(path, part, hdu, shape, camera, detector, sky)
    return {
        "shape": shape,
        "corners": corners,
        "wcs": wcs,
        "wcs_problem": problem,
        "pixel_unit": _pixel_unit(path, camera, hdu, kind),
    }


def _corners(
    path: Path,
    part: str,
    hdu: Hdu,
    shape: tuple[int, int],
    camera: Camera,
    detector: Detector,
    sky: tuple[float, float],
) -> tuple[NDArray[np.float64] | None, WcsState, str]:
    """Return the corners on the sky, the state of the WCS, and what is wrong with it."""
    if camera.wcs == "optional" and not has_wcs(hdu):
        return None, "none", ""
    try:
        return footprint(path, part, hdu, shape, camera, detector, sky), "solved", ""
    except BadWcs as error:
        return None, "broken", str(error)


def _shape(path: Path, hdu: Hdu, detector: Detector) -> tuple[int, int]:
    ny, nx = hdu.shape or (0, 0)
    if not (0 < nx <= detector.nx and 0 < ny <= detector.ny):
        wanted = f"from 1 x 1 to {detector.nx} x {detector.ny}, the size of {detector.name}"
        raise ImpossibleValue(path, f"{hdu.where}: NAXIS1 x NAXIS2", f"{nx} x {ny}", wanted)
    return ny, nx


def _pixel_unit(path: Path, camera: Camera, hdu: Hdu, kind: Kind) -> str:
    """Return the camera's unit; BUNIT may be missing but must not contradict. A rule of the camera's goes before."""
    unit = camera.pixel_units[kind]
    if "BUNIT" in camera.keywords:
        return unit
    written = hdu.cards.get("BUNIT")
    if kind == "image" and written is not None and str(written).strip().lower() != unit:
        raise ImpossibleValue(path, "BUNIT", written, f"'{unit}'")
    return unit
