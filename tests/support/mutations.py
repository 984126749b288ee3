"""Real camera files, damaged in many ways."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.corrections import by_name

# Keywords that each kind of file cannot do without, and that no header correction sets.
NEEDED = {
    "DECam": "INSTRUME PROCTYPE PRODTYPE EXPNUM DATE-OBS EXPTIME FILTER TELRA TELDEC CCDNUM EXTNAME",
    "DECam stamp": "EXP_BN EXPTIME FILTER RA_EXP DEC_EXP CCDNUM",
    "Mosaic3": "INSTRUME PROCTYPE PRODTYPE EXPNUM DATE-OBS EXPTIME FILTER RA DEC CCDNUM",
    "90Prime": "INSTRUME PROCTYPE PRODTYPE DTACQNAM DATE-OBS TIMESYS EXPTIME FILTER RA DEC DET-NUM",
    "90Prime joined": "INSTRUME CCDJOIN DTACQNAM DATE-OBS TIMESYS EXPTIME FILTER RA DEC",
    "PANOPTES": "ORIGIN OBSERVER CAMSN DATE-OBS EXPTIME FILTER RA-MNT DEC-MNT",
    "SDSS": "ORIGIN TELESCOP CCDMODE RUN CAMCOL FILTER TAI EXPTIME C_OBS RA DEC",
    "SDSS mask": "RUN CAMCOL FIELD NPLANE MASKROWS MASKCOLS",
    "HSC": "EXTTYPE",
}
ABSURD = ["", "NaN", "absurd", -1e30, 1e30, True]
CORRECTIONS = by_name()
KINDS = [
    *["truncated", "bit in a header", "bit in a header", "bit in the data", "keyword removed", "absurd value"] * 3,
    *["empty", "text", "folder", "wrong suffix"],
]


@dataclass(frozen=True)
class Source:
    """A file to mutate, and which keywords it needs."""

    path: Path
    needed: str


def mutate(kind: str, source: Source, dice: random.Random, tmp_path: Path, edit: Callable[..., Path]) -> Path:
    """Write a mutated copy of a file under its name; `edit` is the fixture that changes keywords."""
    path, needed = tmp_path / source.path.name, NEEDED[source.needed].split()
    content = bytearray(source.path.read_bytes())
    match kind:
        case "truncated":
            path.write_bytes(content[: dice.randrange(1, len(content))])
        case "bit in a header" | "bit in the data":
            header_ends = content.rindex(b"END" + b" " * 77)
            header = kind == "bit in a header"
            position = dice.randrange(header_ends) if header else dice.randrange(header_ends + 2880, len(content))
            content[position] ^= 1 << dice.randrange(8)
            path.write_bytes(content)
        case "keyword removed":
            edit(source.path, {dice.choice(needed): None})
        case "absurd value":
            edit(source.path, {dice.choice(needed): dice.choice(ABSURD)})
        case "empty":
            path.touch()
        case "text":
            path.write_text("SIMPLE is this file, but it is text.\n" * dice.randrange(1, 99))
        case "folder":
            path.mkdir()
        case "wrong suffix":
            path = path.with_suffix(dice.choice([".fz", ".gz", ".bz2", ".txt", ".parquet"]))
            path.write_bytes(content)
    return path
