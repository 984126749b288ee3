"""Real exposure files, and edited copies of them."""

import bz2
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from astropy.io import fits

from tests.support.mutations import Source

DATA = Path(__file__).parents[2] / "data"
Edit: TypeAlias = Callable[..., Path]


@pytest.fixture(scope="session")
def instcal() -> Path:
    """Give the folder of the 27 DECam InstCal cut-outs."""
    return DATA / "decam_ra186.744+25.462" / "instcal"


@pytest.fixture(scope="session")
def frame() -> Path:
    """Give the SDSS frame of run 94, camera column 1, field 131, g."""
    return DATA / "sdss_run94_camcol1_field131" / "frame-g-000094-1-0131.fits.bz2"


def _bass_mzls(camera: str) -> dict[str, Path]:
    """Give the files of a camera in the two fields of BASS and MzLS, by name."""
    return {path.name: path for path in sorted(DATA.glob(f"bass_mzls_*/{camera}/*.fits"))}


@pytest.fixture(scope="session")
def mosaic3() -> dict[str, Path]:
    """Give the 9 Mosaic3 cut-outs by name: one CP exposure of 2016, two of 2015."""
    return _bass_mzls("mosaic3")


@pytest.fixture(scope="session")
def ninetyprime() -> dict[str, Path]:
    """Give the 26 90Prime cut-outs by name: two CP exposures of 2017 and 2018, ten joined images of 2015."""
    return _bass_mzls("90prime")


@pytest.fixture(scope="session")
def panoptes() -> Path:
    """Give the folder of the two PANOPTES exposures, one solved and one not."""
    return DATA / "panoptes_cygnus"


@pytest.fixture(scope="session")
def dr9_cutout() -> Path:
    """Give the corner [0:100, 0:100] of the SDSS frame of run 1000, camera column 1, field 100, r, as DR9 wrote it."""
    return DATA / "sdss_run1000_camcol1_field100" / "frame-r-001000-1-0100.fits.bz2"


@pytest.fixture(scope="session")
def dr9_mask() -> Path:
    """Give the mask of that frame: lists of spans, all 1489 rows and 2048 columns of it."""
    return DATA / "sdss_run1000_camcol1_field100" / "fpM-001000-r1-0100.fit"


@pytest.fixture(scope="session")
def calexp() -> Path:
    """Give the HSC cut-out that says almost nothing true about itself."""
    return DATA / "hsc_calexp_small" / "HSC-0908120-056-small.fits"


@pytest.fixture(scope="session")
def stamps() -> dict[str, Path]:
    """Give the six DECam stamps by epoch and letter: 04a to 04c, 18a to 18c."""
    folder = DATA / "decam_sfft_ra318.4-66.0"
    return {path.name[7:10]: path for path in sorted(folder.glob("*.fits"))}


@pytest.fixture(scope="session")
def raws() -> dict[str, Path]:
    """Give the ten files of raw frames and guider stamps by name."""
    folders = (DATA / "raw", DATA / "headers" / "lsst_raw")
    return {path.name: path for folder in folders for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def small_frame(frame: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the corner [0:100, 0:100] of the SDSS frame, not compressed, its tables untouched."""
    path = tmp_path_factory.mktemp("sdss") / frame.with_suffix("").name
    with frame.open("rb") as packed, fits.open(bz2.open(packed), memmap=False) as hdus:
        hdus[0].data = hdus[0].data[:100, :100]
        hdus.writeto(path)
    return path


@pytest.fixture(scope="session")
def sources(
    instcal: Path,
    small_frame: Path,
    mosaic3: dict[str, Path],
    ninetyprime: dict[str, Path],
    panoptes: Path,
    dr9_mask: Path,
    calexp: Path,
    stamps: dict[str, Path],
) -> list[Source]:
    """Give one file of every kind that a camera delivers, in turn."""
    return [
        Source(instcal / "c4d_170329_044212_ooi_g_ls9.N3.fits", "DECam"),
        Source(stamps["18b"], "DECam stamp"),
        Source(small_frame, "SDSS"),
        Source(dr9_mask, "SDSS mask"),
        Source(calexp, "HSC"),
        Source(mosaic3["k4m_151214_021723_oki_zd_v0-ccd2.fits"], "Mosaic3"),
        Source(ninetyprime["deep2g_ra352_1-ccd1.fits"], "90Prime joined"),
        Source(ninetyprime["ksb_170430_055945_ood_r_ls9.CCD4.fits"], "90Prime"),
        Source(panoptes / "unsolved.fits", "PANOPTES"),
        Source(panoptes / "solved.fits.fz", "PANOPTES"),
    ]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Give a function that copies a file under its own name with other keywords; None removes one."""

    def copy(source: Path, changes: dict[str, Any], checksum: bool = False) -> Path:
        path = tmp_path / source.name
        with fits.open(source, memmap=False, disable_image_compression=True) as hdus:
            for keyword, value in changes.items():
                homes = [hdu.header for hdu in hdus if keyword in hdu.header] or [hdus[-1].header]
                for header in homes:
                    if value is None:
                        header.remove(keyword, remove_all=True)
                    else:
                        header[keyword] = (value, "")
            hdus.writeto(path, overwrite=True, checksum=checksum)
        return path

    return copy
