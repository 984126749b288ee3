"""Each dialect of WCS is read as its authors meant it, or refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import ArrayLike, NDArray

from ingest.cameras.errors import BadWcs
from ingest.cameras.wcs import read_wcs
from tests.support.frames import DATA

# Positions of two pixels each (counted from 1) as the makers of the files publish them (GalSim, tests/test_wcs.py:
# those of ds9, and for TNX those of PyAst and wcstools).
PUBLISHED = {
    "sipsample": [("13:30:01.474154", "47:12:51.794474", 242, 75), ("13:29:43.747626", "47:09:13.879660", 12, 106)],
    "tpv": [("03:30:09.340034", "-28:43:50.811107", 418, 78), ("03:30:15.728999", "-28:45:01.488629", 148, 393)],
    "zpx": [("21:24:12.094326", "37:10:34.575917", 418, 78), ("21:24:05.350816", "37:11:44.596579", 148, 393)],
    "tnx": [("17:46:53.214511", "-30:08:47.895372", 32, 91), ("17:46:58.100741", "-30:07:50.121787", 246, 326)],
}
PLATES = ["dss_test1", "dss_test2", "wcstest"]


def header(name: str) -> fits.Header:
    return fits.Header.fromstring((DATA / "wcs_dialects" / f"{name}.hdr").read_bytes())


def published(name: str) -> tuple[SkyCoord, list[int], list[int]]:
    """Give the positions, and the columns and rows of the pixels there."""
    ra, dec, x, y = (list(column) for column in zip(*PUBLISHED[name], strict=True))
    return SkyCoord(ra, dec, unit=("hourangle", "deg")), x, y


def apart(found: WCS, x: ArrayLike, y: ArrayLike, expected: SkyCoord) -> NDArray[Any]:
    """Give how far pixels (counted from 1) lie from where they should (arcsec)."""
    return np.asarray(SkyCoord(*found.all_pix2world(x, y, 1), unit="deg").separation(expected).arcsec)


@pytest.mark.parametrize("name", PUBLISHED)
def test_positions_are_those_that_are_published(name: str) -> None:
    expected, x, y = published(name)
    assert apart(read_wcs(header(name), Path(name)), x, y, expected).max() < 1e-3


@pytest.mark.parametrize("name", ["tnx", "zpx", "sipsample"])
def test_the_distortion_is_not_passed_over(name: str) -> None:
    """The undistorted plane lies tenths of an arcsecond off and more: the test above would see it."""
    expected, x, y = published(name)
    plane = header(name)
    for axis in (1, 2):
        plane[f"CTYPE{axis}"] = str(plane[f"CTYPE{axis}"])[:5] + "TAN"
    for keyword in [k for k in plane if k.startswith(("WAT", "A_", "B_", "AP_", "BP_"))]:
        del plane[keyword]
    assert apart(read_wcs(plane, Path(name)), x, y, expected).max() > 0.3


def test_tan_with_pv_is_read_as_tpv() -> None:
    expected, x, y = published("tpv")
    old = header("tpv")
    old["CTYPE1"], old["CTYPE2"] = "RA---TAN", "DEC--TAN"
    assert apart(read_wcs(old, Path("x.fits")), x, y, expected).max() < 1e-3


def plate_position(h: fits.Header, x: NDArray[Any], y: NDArray[Any]) -> SkyCoord:
    """Evaluate a plate solution by hand (The Digitized Sky Survey, appendix; pixels of the cut-out counted from 1)."""
    mm_x = (h["PPO3"] - h["XPIXELSZ"] * (x + h["CNPIX1"] - 0.5)) / 1000
    mm_y = (h["YPIXELSZ"] * (y + h["CNPIX2"] - 0.5) - h["PPO6"]) / 1000

    def solve(axis: str, p: NDArray[Any], q: NDArray[Any]) -> Any:
        r = p**2 + q**2
        terms = [p, q, 1, p**2, p * q, q**2, r, p**3, p**2 * q, p * q**2, q**3, p * r, p * r**2]
        return np.radians(sum(h[f"AMD{axis}{n}"] * term for n, term in enumerate(terms, 1)) / 3600)

    xi, eta = solve("X", mm_x, mm_y), solve("Y", mm_y, mm_x)
    sign = "-" if h["PLTDECSN"].strip() == "-" else "+"
    center = SkyCoord(f"{h['PLTRAH']}h{h['PLTRAM']}m{h['PLTRAS']}s {sign}{h['PLTDECD']}d{h['PLTDECM']}m{h['PLTDECS']}s")
    below = np.cos(center.dec.rad) - eta * np.sin(center.dec.rad)
    east = np.arctan2(xi, below)
    dec = np.arctan2((np.sin(center.dec.rad) + eta * np.cos(center.dec.rad)) * np.cos(east), below)
    return SkyCoord(center.ra.rad + east, dec, unit="rad")


@pytest.mark.parametrize("name", PLATES)
def test_a_plate_solution_goes_before_the_tangent_plane_beside_it(name: str) -> None:
    plate = header(name)
    n = plate["NAXIS1"]
    x, y = np.array([1, n, 1, n]), np.array([1, 1, n, n])
    expected = plate_position(plate, x, y)
    assert apart(read_wcs(plate, Path(name)), x, y, expected).max() < 1e-3
    tangent = fits.Header([card for card in plate.cards if card.keyword[:3] in ("CTY", "CRP", "CRV", "CD1", "CD2")])
    assert 0.2 < apart(WCS(tangent), x, y, expected).max() < 0.8


@pytest.mark.parametrize("name", [*PUBLISHED, *PLATES])
def test_pixels_are_found_again_and_a_written_header_says_the_same(name: str) -> None:
    found = read_wcs(header(name), Path(name))
    x, y = np.array([10.0, 150.0]), np.array([160.0, 20.0])
    sky = SkyCoord(*found.all_pix2world(x, y, 1), unit="deg")
    assert found.all_world2pix(sky.ra.deg, sky.dec.deg, 1) == pytest.approx(np.array([x, y]), abs=1e-3)
    assert apart(WCS(found.to_header(relax=True)), x, y, sky).max() < 1e-6


def without(name: str, *keywords: str) -> fits.Header:
    found = header(name)
    for keyword in keywords:
        del found[keyword]
    return found


def changed(name: str, **values: object) -> fits.Header:
    found = header(name)
    found.update(values)
    return found


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (changed("tpv", CTYPE1="RA---TUX", CTYPE2="DEC--TUX"), "is in the dialect 'TUX', which is not read"),
        (changed("tpv", CTYPE1="RA---TAN-XYZ"), "is in the dialect 'TAN-XYZ', which is not read"),
        (without("tnx", "WAT1_001"), "is in the dialect TNX, but WAT1_nnn holds no lngcor"),
        (without("tnx", "WAT2_004"), "is in the dialect TNX, but WAT2_nnn holds no latcor"),
        (without("zpx", "WAT2_003"), "is in the dialect ZPX, but WAT2_nnn holds no latcor"),
        (changed("sipsample", A_ORDER=2), "is in the dialect SIP, but A_0_3 is beyond A_ORDER 2"),
        (without("sipsample", "A_ORDER", "B_ORDER"), "is in the dialect SIP, but lacks A_ORDER"),
        (changed("sipsample", CTYPE1="RA---TAN", CTYPE2="DEC--TAN"), "SIP coefficients that CTYPE1 and CTYPE2 do not"),
        (changed("sipsample", A_1_1="NaN"), "has A_1_1 'NaN'"),
        (without("dss_test1", "AMDX4"), "plate solution of the Digitized Sky Survey, but lacks AMDX4"),
        (without("wcstest", "PLTDECSN"), "plate solution of the Digitized Sky Survey, but lacks PLTDECSN"),
        (without("tpv", "CTYPE1", "CTYPE2"), "has no celestial CTYPE1 and CTYPE2"),
        (changed("tpv", CD1_1=0.0, CD1_2=0.0), "cannot be read"),
    ],
)
def test_what_would_be_read_wrong_is_refused_by_name(broken: fits.Header, sentence: str) -> None:
    with pytest.raises(BadWcs, match=sentence):
        read_wcs(broken, Path("x.fits"), "")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"1. 4. 4. 2. ', '"1. 4. 3. 2. ', "lngcor in WAT1_nnn has 10 coefficients, not 9"),
        ('"1. 4. 4. 2. ', '"1. 4. 4. 1. ', "lngcor in WAT1_nnn has 10 coefficients, not 16"),
        ('"1. 4. 4. 2. ', '"1. 4. 4. 0. ', "lngcor in WAT1_nnn has 10 coefficients, not 7"),
        ('"1. 4. 4. 2. ', '"9. 4. 4. 2. ', "lngcor in WAT1_nnn is of a kind that is not read"),
        ('"1. 4. 4. 2. ', '"1. 4. x. 2. ', "lngcor in WAT1_nnn is no list of numbers"),
        ("lngcor", "latcor", "WAT1_nnn holds no lngcor"),
    ],
)
def test_a_damaged_polynomial_of_iraf_is_refused(old: str, new: str, sentence: str) -> None:
    found = header("tnx")
    assert old in found["WAT1_001"]
    found["WAT1_001"] = found["WAT1_001"].replace(old, new)
    with pytest.raises(BadWcs, match=f"is in the dialect TNX, but {sentence}"):
        read_wcs(found, Path("x.fits"))
