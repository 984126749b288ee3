"""Observations of a file: camera, exposure, detectors."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from astropy.utils import iers

from ingest.cameras.camera import Camera, load_cameras, own_definition
from ingest.cameras.checksums import verify_sums
from ingest.cameras.corrections.apply import correct
from ingest.cameras.corrections.correction import Correction, shipped_corrections
from ingest.cameras.decam import read_decam
from ingest.cameras.errors import NotAnExposure, UnknownCamera, clip
from ingest.cameras.fitsfile import Hdu, main_hdu, read_hdus
from ingest.cameras.guider import is_series, read_guider
from ingest.cameras.hsc import read_hsc
from ingest.cameras.mosaic3 import read_mosaic3
from ingest.cameras.ninetyprime import read_90prime
from ingest.cameras.observation import Observation
from ingest.cameras.own import own_module
from ingest.cameras.panoptes import read_panoptes
from ingest.cameras.raw import read_raw
from ingest.cameras.sdss import read_sdss

Reader = Callable[[Path, Camera, Sequence[Hdu]], list[Observation]]

_READERS: dict[str, Reader] = {
    "90Prime": read_90prime,
    "DECam": read_decam,
    "HSC": read_hsc,
    "Mosaic3": read_mosaic3,
    "PANOPTES": read_panoptes,
    "SDSS": read_sdss,
}


def read_observations(path: Path, name: str = "", corrections: Sequence[Correction] | None = None) -> list[Observation]:
    """Read what a file says about its detector images.

    Nothing is downloaded and no warning is emitted: what astropy warns of is either checked here or harmless.

    Parameters
    ----------
    path
        FITS file (plain, tile-compressed, gzip or bzip2) of a known camera.
    name
        Name under which it came, where it lies under another now: some cameras say in the name what the header leaves
        out.
    corrections
        What is known to be wrong in headers, the first that is about the file counts; None: what is shipped.

    Returns
    -------
        One observation per detector HDU, in the order of the file.

    Raises
    ------
    BadExposureFile
        The file is damaged, of an unknown camera, or says something impossible.
    OSError
        The path cannot be read.
    """
    with warnings.catch_warnings(), iers.conf.set_temp("auto_download", False):
        warnings.simplefilter("ignore")
        named = path.with_name(name or path.name)
        hdus, changes = correct(
            path, named.name, read_hdus(path), shipped_corrections() if corrections is None else corrections
        )
        camera = _recognize(named, hdus)
        verify_sums(named, [hdu for hdu in hdus if hdu.is_compressed or camera.checksums == "current"])
        return [replace(found, changes=changes) for found in _reader(camera, hdus)(named, camera, hdus)]


def _reader(camera: Camera, hdus: Sequence[Hdu]) -> Reader:
    """Find the reader of a camera's files: ours, that of all raw frames, or the one beside a YAML of the settings."""
    if camera.name in _READERS:
        return _READERS[camera.name]
    if camera.raw is None:
        read: Reader = own_module(own_definition(camera.name)).read
        return read
    return read_guider if "guider" in camera.products and is_series(hdus) else read_raw


def _recognize(path: Path, hdus: Sequence[Hdu]) -> Camera:
    """Find the one camera whose keywords the primary header has; there is no guessing from anything else."""
    cards = main_hdu(hdus).cards
    cameras = load_cameras()
    for camera in cameras.values():
        if camera.recognizes(cards):
            return camera
    if all(hdu.shape is None for hdu in hdus):
        raise NotAnExposure(path, "holds no image")
    told = [f"{k} {clip(cards[k], 24)}" for k in ("INSTRUME", "TELESCOP", "ORIGIN") if k in cards]
    raise UnknownCamera(path, ", ".join(told) or "no INSTRUME, TELESCOP or ORIGIN", sorted(cameras))
