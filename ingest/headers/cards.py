"""Headers of a file, whatever form they were saved in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from astropy.io import fits

from ingest.cameras.errors import DamagedFile
from ingest.cameras.fitsfile import cards_of, read_hdus, unpacked
from ingest.headers.errors import NotAHeader
from ingest.headers.yaml_header import load_yaml

_FIRST_CARD = b"SIMPLE  ="
_END = re.compile(r"\nEND *(?:\n|\Z)")
_CARD, _BLOCK = 80, 2880  # bytes
_UNREADABLE = (
    ValueError,
    TypeError,
    RecursionError,
    yaml.YAMLError,
)  # of JSON and of bytes: ValueErrors


@dataclass(frozen=True)
class Header:
    """One header.

    Attributes
    ----------
    where
        'HDU 1', as sentences name it; '' where the file holds one header only.
    cards
        Value of each keyword, the first where it stands twice, without undefined ones.
    """

    where: str
    cards: Mapping[str, Any]


@dataclass(frozen=True)
class Saved:
    """The headers of a file in its order, and whether the file is a FITS file and not their copy in another form."""

    headers: list[Header]
    is_fits: bool


def read_headers(path: Path) -> Saved:
    """Read every header of a file, which is known by its first bytes: its suffix does not matter.

    Parameters
    ----------
    path
        FITS; the header blocks of a FITS file; a dump of FITS headers as text, one card a line; YAML or JSON with one
        header. Also with gzip or bzip2.

    Raises
    ------
    NotAHeader, DamagedFile, NotAnExposure
    OSError
        The path cannot be read.
    """
    content = unpacked(path)
    if not content.startswith(_FIRST_CARD):
        return Saved([Header("", _one_header(path, content))], is_fits=False)
    if b"\n" in content[:81]:
        return Saved(_dumped(path, content), is_fits=False)
    if _is_bare(content):
        return Saved([Header("", _parsed(path, content.decode("latin-1"), ""))], is_fits=False)
    return Saved([Header(hdu.where, hdu.cards) for hdu in read_hdus(path)], is_fits=True)


def _one_header(path: Path, content: bytes) -> dict[str, Any]:
    """Read YAML or JSON; both may hold a mapping, YAML also the list of cards that LSST's PropertyList becomes."""
    try:
        text = content.decode()
        found = json.loads(text) if text.lstrip()[:1] in ("{", "[") else load_yaml(text)
    except _UNREADABLE as error:
        raise NotAHeader(path, "is neither FITS nor a readable header") from error
    if not isinstance(found, dict) or not found:
        raise NotAHeader(path, "holds no keywords with values")
    return {str(name): value for name, value in found.items() if value is not None and str(value).strip() != ""}


def _is_bare(content: bytes) -> bool:
    """Whether these are the blocks of one FITS header, without the data that belong to it."""
    cards = range(0, len(content), _CARD)
    end = next((at for at in cards if content[at : at + _CARD] == b"END".ljust(_CARD)), len(content))
    return len(content) % _BLOCK == 0 and 0 < len(content) - end <= _BLOCK


def _dumped(path: Path, content: bytes) -> list[Header]:
    """Read a dump of the headers of a file, one card a line, each header closed by END."""
    *texts, rest = _END.split(content.decode("latin-1").replace("\r\n", "\n"))
    if not texts or rest.strip():
        raise DamagedFile(path, "the last header", "has no END")
    return [Header(f"HDU {number}", _parsed(path, text, "\n")) for number, text in enumerate(texts)]


def _parsed(path: Path, text: str, separator: str) -> dict[str, Any]:
    try:
        return cards_of(fits.Header.fromstring(text, sep=separator))
    except Exception as error:  # astropy raises almost anything when header bytes are wrong
        raise DamagedFile(path, "the header", "cannot be parsed") from error
