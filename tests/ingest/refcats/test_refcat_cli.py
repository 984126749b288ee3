"""`skyledger ingest refcat`: folders, formats, refusals."""

from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from typer.testing import CliRunner

from ingest.cli import mount
from tests.support.frames import DATA
from tests.support.typer_app import app_of

pytestmark = pytest.mark.database


def ingest(*paths: Path) -> tuple[int, str, str]:
    """Run the verb; give exit code, answer and sentences."""
    arguments = ["ingest", "refcat", *map(str, paths), "--output", "csv"]
    result = CliRunner().invoke(app_of(mount), arguments, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_a_folder_of_all_catalogs_comes_in_with_one_command(owner: Connection[Any]) -> None:
    code, answer, sentences = ingest(DATA / "refcats")
    assert (code, answer, sentences) == (0, "files,outcome\n8,new\n", "")
    rows = owner.execute("select catalog, count(*) from reference_star group by 1 order by 1").fetchall()
    assert rows == [("gaia_dr2", 5), ("ps1", 10), ("sdss_dr9", 682 + 2 + 7 + 2628 - 178), ("tycho2", 1669 + 167)]
    assert ingest(DATA / "refcats")[:2] == (0, "files,outcome\n8,known\n")


def test_gaia_of_every_field_comes_in(owner: Connection[Any]) -> None:
    folders = sorted(DATA.glob("**/gaia_dr2"))
    assert len(folders) == 3
    assert ingest(*folders)[0] == 0
    row = owner.execute("select count(*) from reference_star where catalog = 'gaia_dr2'").fetchone()
    assert row == (148 + 1 + 97 + 95 + 5,)


def test_a_refused_file_is_one_line_and_code_1(owner: Connection[Any], tmp_path: Path) -> None:
    (tmp_path / "stars.csv").write_text("ra,dec\n1,2\n")
    code, answer, sentences = ingest(tmp_path)
    assert (code, answer) == (1, "files,outcome\n1,refused\n")
    assert sentences.startswith("stars.csv: has columns 'ra, dec', which no reader knows")
    assert owner.execute("select count(*) from registry.dataset").fetchone() == (0,)
