"""World coordinate systems of headers, in the dialects that are in use."""

import math
import re
import warnings
from pathlib import Path
from typing import Any

from astropy.io import fits
from astropy.wcs import WCS

from ingest.cameras.errors import BadWcs, clip
from ingest.cameras.wat import wat_fault

COEFFICIENT = re.compile(
    r"(CRPIX|CRVAL|CDELT|CROTA)\d|(CD|PC|PV)\d_\d+|(A|B|AP|BP)_\d_\d|AMD[XY]\d+|PPO\d|CNPIX\d|[XY]PIXELSZ"
)
_SIP = re.compile(r"([AB])_(\d)_(\d)")
_PROJECTIONS = {
    "AZP", "SZP", "TAN", "STG", "SIN", "ARC", "ZPN", "ZEA", "AIR", "CYP", "CEA", "CAR", "MER", "COP", "COE", "COD",
    "COO", "SFL", "PAR", "MOL", "AIT", "BON", "PCO", "TSC", "CSC", "QSC", "HPX", "XPH", "TPV", "TNX", "ZPX",
}  # fmt: skip
# Without one of these a plate solution would be read with a zero in its place.
_PLATE = (
    *(f"AMD{axis}{number}" for axis in "XY" for number in range(1, 14)),
    *("PPO3", "PPO6", "CNPIX1", "CNPIX2", "XPIXELSZ", "YPIXELSZ"),
    *("PLTRAH", "PLTRAM", "PLTRAS", "PLTDECSN", "PLTDECD", "PLTDECM", "PLTDECS"),
)


def read_wcs(header: fits.Header, path: Path, part: str = "") -> WCS:
    """Read the celestial WCS of a header, or refuse it by the name of its dialect.

    Read are the projections of the FITS standard, and on top of them SIP (Shupe et al. 2005), TPV and TAN with PV
    (SCAMP), TNX and ZPX (IRAF, the polynomials in WATi_nnn), and the plate solutions of the Digitized Sky Survey
    (AMDXn, AMDYn), which go before the tangent plane that such files have besides. wcslib evaluates them all, but where
    a part of the coefficients is lost it goes on without the term, seconds of arc off: so they are counted here first.

    Parameters
    ----------
    header
        Header of the image as stored; that of the table where the image is tile-compressed.
    path, part
        The file and the HDU, for the sentence of an error.

    Returns
    -------
        Two celestial axes. Its `to_header(relax=True)` writes the distortion, too.

    Raises
    ------
    BadWcs
        CTYPE is missing or of an unknown dialect, a coefficient is missing or no number, or the matrix is singular.
    """
    _verify_numbers(header, path, part)
    if fault := _dialect_fault(header):
        raise BadWcs(path, part, fault)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dates and units that astropy puts right in passing are no news
            solution = WCS(header, naxis=2)
            solution.wcs.set()
    except Exception as error:  # wcslib's own errors, and whatever astropy meets in damaged cards
        raise BadWcs(path, part, "cannot be read (singular matrix or missing keyword)") from error
    if not solution.has_celestial:
        raise BadWcs(path, part, "has no celestial CTYPE1 and CTYPE2")
    return solution


def _verify_numbers(header: fits.Header, path: Path, part: str) -> None:
    """Check that coefficients are numbers: wcslib passes over text such as 'NaN' and goes on without the term."""
    for keyword in filter(COEFFICIENT.fullmatch, header):
        value = _value(header, keyword)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise BadWcs(path, part, f"has {keyword} {clip(value, 24)}")


def _dialect_fault(header: fits.Header) -> str:
    """Tell what keeps a header from being read as the dialect that it is in; '' if nothing does."""
    for axis in (1, 2):
        name = str(_value(header, f"CTYPE{axis}") or "")
        projection, distortion = name[5:8], name[8:].strip()
        if (
            len(name.rstrip()) > 4
            and name[4] == "-"
            and (projection not in _PROJECTIONS or distortion not in ("", "-SIP"))
        ):
            return f"is in the dialect {clip((projection + distortion).strip('-'), 16)}, which is not read"
        if projection in ("TNX", "ZPX") and (fault := wat_fault(header, axis)):
            return f"is in the dialect {projection}, but {fault}"
    return _sip_fault(header) or _plate_fault(header)


def _sip_fault(header: fits.Header) -> str:
    """Tell what is wrong with SIP coefficients: each must be within its order, and CTYPE must announce them."""
    announced = any("-SIP" in str(_value(header, f"CTYPE{axis}")) for axis in (1, 2))
    found = [match for match in map(_SIP.fullmatch, header) if match]
    if found and not announced and "CTYPE1" in header:
        return "has SIP coefficients that CTYPE1 and CTYPE2 do not announce"
    for letter in "AB" if announced else "":
        order = _value(header, f"{letter}_ORDER")
        if order is None:
            return f"is in the dialect SIP, but lacks {letter}_ORDER"
        if not isinstance(order, int) or not 1 <= order <= 9:
            return f"is in the dialect SIP, but {letter}_ORDER is {clip(order, 24)}"
        beyond = [m.string for m in found if m[1] == letter and int(m[2]) + int(m[3]) > order]
        if beyond:
            return f"is in the dialect SIP, but {beyond[0]} is beyond {letter}_ORDER {order}"
    return ""


def _plate_fault(header: fits.Header) -> str:
    """Tell what a plate solution lacks."""
    if not any(keyword.startswith(("AMDX", "AMDY")) for keyword in header):
        return ""
    missing = [keyword for keyword in _PLATE if keyword not in header]
    return f"is a plate solution of the Digitized Sky Survey, but lacks {missing[0]}" if missing else ""


def _value(header: fits.Header, keyword: str) -> Any:
    """Give the value of a card, None where it is missing or cannot be read."""
    try:
        return header.get(keyword)
    except fits.VerifyError:
        return None
