"""Content digests of image files: header cards and pixels, not how they are stored."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

PROVENANCE = "PROVENANCE"  # name of the HDU that tells where the image comes from
# What the compression and the writer add; it says nothing about the content.
IDLE = ("CHECKSUM", "DATASUM", "DATE", "COMMENT", "HISTORY", "")


def image_digest(path: Path) -> bytes:
    """Give the SHA-256 of what an image file says, 32 bytes: header cards and pixels.

    Neither their compression nor the provenance counts.

    Raises
    ------
    OSError
        Raised if the file is damaged.
    """
    from astropy.io import fits  # a third of a second: who only asks for the name of an HDU does not wait for it

    total = sha256()
    with fits.open(path) as hdus:
        for hdu in (hdu for hdu in hdus if hdu.name != PROVENANCE):
            cards = sorted((card.keyword, repr(card.value)) for card in hdu.header.cards if card.keyword not in IDLE)
            total.update(repr((hdu.name, cards)).encode())
            if hdu.data is not None:
                total.update(np.ascontiguousarray(native(hdu.data)).data)
    return total.digest()


def native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give an array in the byte order of this machine; FITS is big-endian."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
