"""FITS checksums, taken over the bytes as stored."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from astropy.io import fits

from ingest.cameras.errors import DamagedFile
from ingest.cameras.fitsfile import Hdu

_ALL_ONES = 0xFFFFFFFF


def verify_sums(path: Path, hdus: Sequence[Hdu]) -> None:
    """Check CHECKSUM and DATASUM of each HDU that has them (FITS standard 4.0, section 4.4.2.7 and appendix J).

    An empty card, and one that a header correction gives up, means that the sum is unknown. A tile-compressed image
    without DATASUM is decompressed instead. ZHECKSUM and ZDATASUM, the sums of the image before it was compressed, are
    not checked.

    Raises
    ------
    DamagedFile
    """
    for hdu in hdus:
        datasum = _text(hdu, "DATASUM")
        if datasum and datasum != str(_ones_complement_sum(hdu.stored[hdu.data_at :])):
            raise DamagedFile(path, f"{hdu.where}: DATASUM", "does not match the data")
        # A right CHECKSUM makes the sum of the whole unit all ones, so the card's own code need not be decoded.
        if _text(hdu, "CHECKSUM") and _ones_complement_sum(hdu.stored) != _ALL_ONES:
            raise DamagedFile(path, f"{hdu.where}: CHECKSUM", "does not match the bytes")
        if hdu.is_compressed and not datasum:
            _decode_tiles(path, hdu)


def _text(hdu: Hdu, keyword: str) -> str:
    return str(hdu.cards.get(keyword) or "").strip()


def _ones_complement_sum(stored: memoryview) -> int:
    """Add 32-bit big-endian words with end-around carry."""
    total = int(np.frombuffer(stored, dtype=">u4").sum(dtype=np.uint64))
    while total > _ALL_ONES:
        total = (total & _ALL_ONES) + (total >> 32)
    return total


def _decode_tiles(path: Path, hdu: Hdu) -> None:
    try:
        fits.CompImageHDU(bintable=hdu.fits).data  # noqa: B018 (reading it is the check)
    except Exception as error:  # each codec has errors of its own
        raise DamagedFile(path, f"{hdu.where}: a compressed tile", "cannot be decoded") from error
