"""Real frames and simulated skies for the tests of the pixel code."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from numpy.typing import NDArray

from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig
from pipeline.pixels.exposure import Exposure
from pipeline.pixels.instcal import instcal_exposure
from pipeline.pixels.sdss_frame import frame_exposure, interpolate_sky
from tests.support.colours import colour_terms

DATA = Path(__file__).parents[2] / "data"
DECAM = DATA / "decam_ra186.744+25.462"
REFERENCE_DTYPE = np.dtype(
    [
        ("ra", "f8"),
        ("dec", "f8"),
        ("epochMjdTai", "f8"),
        ("pmRa", "f4"),
        ("pmDec", "f4"),
        ("gMag", "f4"),
        ("gMagErr", "f4"),
        ("bpMag", "f4"),
        ("rpMag", "f4"),
        ("astrometricExcessNoise", "f4"),
        ("duplicatedSource", "?"),
        ("isResolved", "?"),
        ("btMag", "f4"),
        ("vtMag", "f4"),
        ("vtMagErr", "f4"),
    ]
)
GAIA_COLUMNS = {
    "ra": "ra",
    "dec": "dec",
    "pmRa": "pmra",
    "pmDec": "pmdec",
    "gMag": "phot_g_mean_mag",
    "bpMag": "phot_bp_mean_mag",
    "rpMag": "phot_rp_mean_mag",
    "astrometricExcessNoise": "astrometric_excess_noise",
    "duplicatedSource": "duplicated_source",
}


def header_wcs(header: fits.Header) -> WCS:
    """Read the WCS of a header alone, without the time and site keywords that astropy corrects aloud."""
    prefixes = ("CTYPE", "CUNIT", "CRVAL", "CRPIX", "CD1_", "CD2_", "PV1_", "PV2_", "NAXIS")
    return WCS(fits.Header([card for card in header.cards if card.keyword.startswith(prefixes)]))


def read_decam(path: Path) -> tuple[int, Exposure]:
    """Read one InstCal cut-out: exposure number and exposure."""
    with fits.open(path) as image:
        primary, header, pixels = image[0].header, image[1].header, image[1].data.astype(np.float32)
    codes = fits.getdata(path.with_name(path.name.replace("_ooi_", "_ood_")))
    weight = fits.getdata(path.with_name(path.name.replace("_ooi_", "_oow_")))
    exp_time = float(primary["EXPTIME"])
    start = Time(primary["MJD-OBS"], format="mjd", scale="utc").tai.mjd
    exposure = instcal_exposure(
        pixels,
        codes,
        weight,
        pixel_unit="adu",
        wcs=header_wcs(header),
        exp_time=exp_time,
        mid_mjd_tai=float(start) + exp_time / 2 / 86400,
        band=path.name.split("_ooi_")[1][0],
    )
    return int(primary["EXPNUM"]), exposure


@pytest.fixture(scope="session")
def decam_exposures() -> dict[int, Exposure]:
    return dict(read_decam(path) for path in sorted((DECAM / "instcal").glob("*_ooi_*.fits")))


@pytest.fixture(scope="session")
def gaia() -> NDArray[Any]:
    """Gaia DR2 around the DECam field, as rows of the reference_star table."""
    chunks = [fits.getdata(path) for path in sorted((DECAM / "gaia_dr2").glob("*.fits"))]

    def read(name: str) -> NDArray[Any]:
        return np.concatenate([chunk[name] for chunk in chunks])

    stars = np.zeros(len(read("ra")), REFERENCE_DTYPE)
    for ours, theirs in GAIA_COLUMNS.items():
        stars[ours] = read(theirs)
    stars["gMagErr"] = 2.5 / np.log(10) / read("phot_g_mean_flux_over_error")
    stars["epochMjdTai"] = Time(2015.5, format="jyear", scale="tcb").tai.mjd
    return stars


@pytest.fixture(scope="session")
def survey_ccds() -> dict[int, Any]:
    """What the Legacy Surveys measured, by exposure number."""
    with gzip.open(DECAM / "survey-ccds-1.fits.gz") as file:
        table = fits.getdata(BytesIO(file.read()))
    return {int(row["expnum"]): row for row in table}


@pytest.fixture(scope="session")
def decam_config() -> CalibrateConfig:
    return CalibrateConfig(colour_terms=colour_terms("DECam"))


@pytest.fixture(scope="session")
def decam_calibrated(
    decam_exposures: dict[int, Exposure], gaia: NDArray[Any], decam_config: CalibrateConfig
) -> dict[int, Calibrated]:
    return {number: calibrate(exposure, gaia, decam_config) for number, exposure in decam_exposures.items()}


@pytest.fixture(scope="session")
def sdss_frame() -> Exposure:
    path = DATA / "sdss_run94_camcol1_field131" / "frame-g-000094-1-0131.fits.bz2"
    with fits.open(path) as frame:
        header, pixels, calibration = frame[0].header, frame[0].data, frame[1].data
        sky = interpolate_sky(*(frame[2].data[name][0] for name in ("ALLSKY", "XINTERP", "YINTERP")))
    return frame_exposure(
        pixels,
        calibration,
        sky,
        camcol=1,
        run=94,
        band="g",
        wcs=header_wcs(header),
        exp_time=float(header["EXPTIME"]),
        mid_mjd_tai=float(header["TAI"]) / 86400,
    )


@dataclass(frozen=True)
class Sky:
    """A simulated exposure and its truth, stars sorted by y, then x."""

    exposure: Exposure
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    flux: NDArray[np.float64]


def tan_wcs(shape: tuple[int, int], scale: float = 0.25) -> WCS:
    """Make a plain TAN WCS, scale in arcsec per pixel."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [150.0, 20.0]
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
    wcs.wcs.cd = np.array([[-scale, 0.0], [0.0, scale]]) / 3600
    wcs.wcs.set()
    return wcs


def star_profile(u: NDArray[np.float64], v: NDArray[np.float64], stretch: float) -> NDArray[np.float64]:
    """Two Gaussians, not a Moffat: FWHM 4.1 pixels, 20 % of the light in wings of twice the width, e1 = 0.08."""
    core, wing = 1.7 * stretch, 3.4 * stretch
    r2 = u**2 / 1.08 + v**2 * 1.08
    return 0.8 * np.exp(-0.5 * r2 / core**2) / (2 * np.pi * core**2) + 0.2 * np.exp(-0.5 * r2 / wing**2) / (
        2 * np.pi * wing**2
    )


def simulate(seed: int, fluxes: NDArray[np.float64], side: int = 1000, spread: float = 0.0) -> Sky:
    """Simulate isolated stars on a jittered lattice over a sloping sky of noise 10 (gain 1).

    `spread` is the relative change of the PSF width from the left to the right edge.
    """
    rng = np.random.default_rng(seed)
    cells = int(np.ceil(np.sqrt(len(fluxes))))
    pitch = side / cells
    order = rng.permutation(cells**2)[: len(fluxes)]
    x = (order % cells + 0.5) * pitch + rng.uniform(-0.15, 0.15, len(fluxes)) * pitch
    y = (order // cells + 0.5) * pitch + rng.uniform(-0.15, 0.15, len(fluxes)) * pitch
    clean = np.zeros((side, side))
    offset = np.arange(-20, 21)
    for one_x, one_y, flux in zip(x, y, fluxes, strict=True):
        columns, rows = round(one_x) + offset, round(one_y) + offset
        columns, rows = columns[(columns >= 0) & (columns < side)], rows[(rows >= 0) & (rows < side)]
        stretch = 1.0 + spread * (one_x / side - 0.5)
        u, v = columns[None, :] - one_x, rows[:, None] - one_y
        clean[np.ix_(rows, columns)] += flux * star_profile(u, v, stretch)
    sky = 100.0 + 5.0 * np.arange(side)[None, :] / side
    variance = clean + 100.0
    image = clean + sky + rng.normal(size=clean.shape) * np.sqrt(variance)
    exposure = Exposure(
        image=image.astype(np.float32),
        variance=variance.astype(np.float32),
        mask=np.zeros(clean.shape, dtype=np.int32),
        wcs=tan_wcs((side, side)),
        pixel_unit="electron",
        exp_time=30.0,
        mid_mjd_tai=60000.0,
        band="r",
        header_zero_point=27.0,
    )
    ranks = np.lexsort((x, y))
    return Sky(exposure, x[ranks], y[ranks], fluxes[ranks])


@pytest.fixture(scope="session")
def make_sky() -> Callable[..., Sky]:
    return simulate


@pytest.fixture(scope="session")
def make_reference() -> Callable[..., NDArray[Any]]:
    """Build reference stars at rest from positions (degrees) and G magnitudes."""

    def build(ra: NDArray[np.float64], dec: NDArray[np.float64], magnitude: NDArray[np.float64]) -> NDArray[Any]:
        stars = np.zeros(len(ra), REFERENCE_DTYPE)
        stars["ra"], stars["dec"], stars["gMag"] = ra, dec, magnitude
        stars["epochMjdTai"], stars["gMagErr"] = 60000.0, 0.001
        stars["bpMag"], stars["rpMag"] = magnitude + 0.4, magnitude - 0.4
        return stars

    return build
