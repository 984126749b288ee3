"""FITS files taken apart, with every byte accounted for."""

import bz2
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from astropy.io import fits

from ingest.cameras.errors import DamagedFile, NotAnExposure


@dataclass(frozen=True)
class Hdu:
    """One header-data unit.

    Attributes
    ----------
    where
        'HDU 1', as sentences name it.
    cards
        Value of each keyword (the first where it stands twice), without commentary, undefined and unreadable
        cards; the text 'NaN', which some observatories write for an unknown number, is NaN.
    header
        The header as stored; that of a tile-compressed image is a table's, with the image's WCS.
    shape
        (ny, nx) of a two-dimensional image, None for anything else.
    is_compressed, is_float
        Whether it is a tile-compressed image, and whether its pixels are floating point.
    stored, data_at
        The bytes of the whole unit as stored, and where its data begin in them.
    fits
        The astropy HDU, its data not yet read.
    """

    where: str
    cards: dict[str, Any]
    header: fits.Header
    shape: tuple[int, int] | None
    is_compressed: bool
    is_float: bool
    stored: memoryview
    data_at: int
    fits: Any


def read_hdus(path: Path) -> list[Hdu]:
    """Read a FITS file whole and take it apart.

    The file is known by its first bytes, so its suffix does not matter. gzip and bzip2 prove themselves by their CRC.

    Parameters
    ----------
    path
        The file; the whole of it is held in memory, decompressed.

    Returns
    -------
        The HDUs in the order of the file.

    Raises
    ------
    NotAnExposure
        A folder, an empty file, or no FITS.
    DamagedFile
        Truncated, followed by stray bytes, or with a header that cannot be parsed.
    OSError
        The path cannot be read.
    """
    content = unpacked(path)
    if not content.startswith(b"SIMPLE  ="):
        raise NotAnExposure(path, "is not a FITS file")
    try:
        # Not closed: it holds no file, and the tables of the HDUs are read later.
        opened = list(fits.open(BytesIO(content), lazy_load_hdus=False, disable_image_compression=True))
        _verify_extent(path, opened, len(content))
        return [_take_apart(path, f"HDU {number}", hdu, content) for number, hdu in enumerate(opened)]
    except DamagedFile:
        raise
    except Exception as error:  # astropy raises almost anything when header bytes are wrong
        raise DamagedFile(path, "the header", "cannot be parsed") from error


def main_hdu(hdus: Sequence[Hdu]) -> Hdu:
    """Return the primary HDU, or the one that was it: tile compression moves it to HDU 1 and leaves an empty one.

    ZSIMPLE says so (FITS standard 4.0, section 10.1.2).
    """
    return hdus[1] if len(hdus) > 1 and "ZSIMPLE" in hdus[1].cards else hdus[0]


def unpacked(path: Path) -> bytes:
    """Read a whole file, through gzip or bzip2 where its first bytes say so.

    Raises
    ------
    NotAnExposure, DamagedFile
    OSError
        The path cannot be read.
    """
    if path.is_dir():
        raise NotAnExposure(path, "is a folder")
    content = path.read_bytes()
    if not content:
        raise NotAnExposure(path, "is empty")
    try:
        if content.startswith(b"BZh"):
            return bz2.decompress(content)
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DamagedFile(path, "its compressed stream", "is truncated or changed") from error
    return content


def _verify_extent(path: Path, hdus: list[Any], size: int) -> None:
    """Check that the HDUs fill the file: a broken extension would otherwise vanish without a word."""
    last = hdus[-1].fileinfo()
    end = last["datLoc"] + last["datSpan"]
    where = f"HDU {len(hdus) - 1}"
    if end > size:
        raise DamagedFile(path, where, f"is truncated ({size} bytes of {end})")
    if end < size:
        raise DamagedFile(path, f"after {where}", f"stand {size - end} bytes that are no HDU")


def _take_apart(path: Path, where: str, hdu: Any, content: bytes) -> Hdu:
    cards = cards_of(hdu.header)
    is_compressed = isinstance(hdu, fits.BinTableHDU) and cards.get("ZIMAGE") is True
    is_image = is_compressed or isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU))
    prefix = "Z" if is_compressed else ""
    is_flat = is_image and cards.get(f"{prefix}NAXIS") == 2
    info = hdu.fileinfo()
    return Hdu(
        where=where,
        cards=cards,
        header=hdu.header,
        shape=(int(cards[f"{prefix}NAXIS2"]), int(cards[f"{prefix}NAXIS1"])) if is_flat else None,
        is_compressed=is_compressed,
        is_float=is_image and cards.get(f"{prefix}BITPIX", 0) < 0,
        stored=memoryview(content)[info["hdrLoc"] : info["datLoc"] + info["datSpan"]],
        data_at=info["datLoc"] - info["hdrLoc"],
        fits=hdu,
    )


def cards_of(header: fits.Header) -> dict[str, Any]:
    """Give the value of each keyword, as `Hdu.cards` has them."""
    cards: dict[str, Any] = {}
    for card in header.cards:
        if card.keyword in ("COMMENT", "HISTORY", ""):
            continue
        try:
            value = card.value
        except fits.VerifyError:  # many archives have one odd card; it hurts only where it is needed
            continue
        if isinstance(value, str) and value.strip().lower() == "nan":
            value = float("nan")
        if not isinstance(value, fits.card.Undefined):
            cards.setdefault(card.keyword, value)
    return cards
