"""Reference files that cannot be used: one sentence each, and nothing of them in the ledger."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from psycopg import Connection

from ingest.errors import BadReferenceFile
from ingest.refcats.ingest import ingest_refcat
from ingest.refcats.readers import read_stars
from schema.settings import Settings
from schema.store import Store
from tests.support.frames import DATA, GAIA
from tests.support.refcats import PS1, TYCHO

CHUNK = GAIA / "chunk-03586.fits"
SHARD = DATA / "refcats" / "sdss_htm" / "903289.fits"


def rewritten(source: Path, change: Callable[[Table], object]) -> Callable[[Path], object]:
    """Give what writes a FITS table anew with a change."""

    def write(path: Path) -> None:
        table = Table.read(source, hdu=1)
        change(table)
        table.meta.clear()
        table.write(path, format="fits")

    return write


def lines(change: Callable[[list[str]], object]) -> Callable[[Path], object]:
    """Give what writes the Tycho-2 extract anew with a change of its lines."""

    def write(path: Path) -> None:
        text = TYCHO.read_text().splitlines()
        change(text)
        path.write_text("\n".join(text) + "\n")

    return write


def replaced(row: int, old: str, new: str) -> Callable[[list[str]], object]:
    """Give a change of one line."""
    return lambda text: text.__setitem__(row, text[row].replace(old, new))


def no_table(path: Path) -> None:
    fits.PrimaryHDU(np.zeros((3, 3))).writeto(path)


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated.fits": (lambda p: p.write_bytes(CHUNK.read_bytes()[:20000]), "is truncated"),
    "cut.fits.gz": (lambda p: p.write_bytes(gzip.compress(CHUNK.read_bytes())[:5000]), "is truncated or changed"),
    "text.fits": (lambda p: p.write_text("no FITS"), "is no FITS file, nor a table in CSV"),
    "empty.csv": (lambda p: p.write_text(""), "is no FITS file, nor a table in CSV"),
    "image.fits": (no_table, "holds no table that can be read"),
    "no_rows.fits": (rewritten(CHUNK, lambda t: t.remove_rows(slice(None))), "holds no star"),
    "unknown.fits": (lambda p: Table({"ra": [1.0]}).write(p), "has columns 'ra', which no reader knows"),
    "column.fits": (rewritten(CHUNK, lambda t: t.remove_column("pmdec")), "has no columns pmdec"),
    "columns.fits": (
        rewritten(SHARD, lambda t: t.remove_columns(["coord_dec", "r_fluxErr"])),
        "coord_dec, photometric, r_fluxErr",
    ),
    "ps1.fits": (rewritten(PS1, lambda t: t.remove_column("epoch")), "has no columns epoch"),
    "nan.fits": (rewritten(CHUNK, lambda t: t["ra"].__setitem__(3, np.nan)), "row 3 of 148 is at ra nan"),
    "south.fits": (rewritten(CHUNK, lambda t: t["dec"].__setitem__(0, -91.0)), "dec -91"),
    "twins.fits": (rewritten(CHUNK, lambda t: t["source_id"].fill(7)), "holds star 7 148 times"),
    "unit.fits": (rewritten(PS1, lambda t: setattr(t["coord_ra"], "unit", "m")), "coord_ra is in 'm' instead of"),
    "unitless.fits": (rewritten(PS1, lambda t: setattr(t["coord_ra"], "unit", None)), "coord_ra has no unit"),
    "flux.fits": (rewritten(PS1, lambda t: setattr(t["g_flux"], "unit", "adu")), "g_flux is in 'adu' instead of"),
    "header.csv": (lines(replaced(0, "pmra_masyr", "pmra")), "has no columns pmra_masyr"),
    "short.csv": (lines(lambda t: t.append("3162-00005-1,,301.7")), "nor a table in CSV"),
    "cut.csv": (lambda p: p.write_text(TYCHO.read_text()[:5000]), "that ends with a whole line"),
    "name.csv": (lines(replaced(5, "3162-", "HIP ")), "designations in column tyc"),
    "words.csv": (lines(replaced(4, "301.01945418", "somewhere")), "something else than a number a row in ra_mean"),
    "place.csv": (lines(replaced(1, "44.70088850", "99.70088850")), "row 0 of 1669 is at ra 302.438, dec 99.7009"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    write, words = CASES[name]
    write(tmp_path / name)
    with pytest.raises(BadReferenceFile) as caught:
        read_stars(tmp_path / name)
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}: ")
    assert words in sentence
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_what_is_there_of_a_bad_batch_is_whole(owner: Connection[Any], ledger: Settings, tmp_path: Path) -> None:
    for name, (write, _) in CASES.items():
        write(tmp_path / name)
    paths = [tmp_path / name for name in CASES] + [CHUNK, tmp_path / "gone.fits", tmp_path]
    report = ingest_refcat(owner, Store(ledger.store_root), paths)
    assert report.counts() == {"new": 1, "refused": len(CASES) + 2}
    assert len(report.sentences) == len(CASES) + 2
    assert owner.execute("select count(*) from registry.dataset").fetchone() == (2,)
    assert owner.execute("select count(*) from registry.artifact").fetchone() == (2,)
    assert owner.execute("select count(*) from reference_star").fetchone() == (148,)


def test_a_file_that_fails_halfway_leaves_nothing(
    owner: Connection[Any], ledger: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr("ingest.refcats.register.enter", broken)
    with pytest.raises(OSError, match="went away"):
        ingest_refcat(owner, Store(ledger.store_root), [TYCHO])
    for row in owner.execute(
        """select (select count(*) from registry.dataset), (select count(*) from registry.artifact),
                  (select count(*) from registry.origin), (select count(*) from registry.quantum),
                  (select count(*) from registry.member), (select count(*) from reference_star)"""
    ):
        assert set(row) == {0}
    monkeypatch.undo()
    assert ingest_refcat(owner, Store(ledger.store_root), [TYCHO]).counts() == {"new": 1}
