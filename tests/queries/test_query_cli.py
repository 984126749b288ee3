"""The verbs sql and query."""

import csv
import io
import json

import pytest
import typer
from typer.testing import CliRunner

from queries.cli import mount
from queries.errors import RefusedSql
from queries.named import names
from schema.settings import Settings, settings
from tests.support.catalogs import STAR

app = typer.Typer()
mount(app)


@pytest.fixture(autouse=True)
def here(surveyed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the verbs find the survey."""
    assert surveyed.database_url
    monkeypatch.setenv("SKYLEDGER_DATABASE_URL", surveyed.database_url.get_secret_value())
    settings.cache_clear()


def call(*words: str, stdin: str | bytes | None = None, code: int = 0) -> tuple[str, str]:
    """Give standard output and standard error."""
    result = CliRunner().invoke(app, list(words), input=stdin, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_sql_writes_a_table() -> None:
    output, said = call("sql", "select band, count(*) as n from source group by band order by band")
    assert output.splitlines() == ["band   n", "g     80", "r     40"]
    assert said == ""


def test_sql_writes_json_and_csv() -> None:
    statement = (
        "select visit, psfflux / psffluxerr as snr from source where sourceid in (100100000, 200100000) order by 1"
    )
    assert json.loads(call("sql", statement, "--output", "json")[0]) == [
        {"visit": 1, "snr": 100.0},
        {"visit": 2, "snr": None},
    ]
    rows = list(csv.reader(io.StringIO(call("sql", statement, "--output", "csv")[0])))
    assert rows == [["visit", "snr"], ["1", "100.0"], ["2", "NaN"]]


def test_sql_reads_standard_input() -> None:
    assert call("sql", "-", stdin="select 1\nas one")[0].splitlines() == ["one", "  1"]


def test_standard_input_that_is_no_text_is_refused() -> None:
    with pytest.raises(RefusedSql, match="its character 8 is no UTF-8"):
        call("sql", "-", stdin=b"select \xff")


def test_rows_that_are_cut_are_told_apart_from_the_output() -> None:
    output, said = call("sql", "select visit from source", "--row-limit", "2", "--output", "json")
    assert len(json.loads(output)) == 2
    assert said == "only the first 2 rows are given: ask for less, or raise the row limit\n"


def test_a_refusal_reaches_the_face_as_one_sentence() -> None:
    with pytest.raises(RefusedSql, match="syntax error"):
        call("sql", "selec 1")


def test_query_takes_parameters_as_options() -> None:
    words = ("query", "light_curve", "--ra", str(STAR[0]), f"--dec={STAR[1]}", "--radius", "2", "--output", "json")
    assert [row["visit"] for row in json.loads(call(*words)[0])] == [1, 2, 3]
    assert json.loads(call(*words[:2], "--ra", "10", "--dec", "-30.5", "--output", "json")[0]) == []


def test_query_row_to_raw_ends_at_the_raw_file() -> None:
    output, _ = call("query", "row_to_raw", "--source-id", "300200007", "--instrument", "DECam", "--output", "json")
    assert json.loads(output)[-1]["file_name"] == "c4d_3.fits.fz"


def test_query_list_names_every_query_and_its_parameters() -> None:
    output, _ = call("query", "--list", "--output", "json")
    listed = {row["query"]: row for row in json.loads(output)}
    assert list(listed) == list(names())
    assert listed["light_curve"]["parameters"] == "--ra deg --dec latitude [--radius arcsec=1] [--run text=null]"
    assert call("query") == call("query", "--list")
    assert "[--instrument text=null] [--visit int=null] [--band text=null] [--run text=null]" in call("query")[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing"], "there is no query 'nothing'; there are "),
        (["light_curve", "--ra", "10"], "light_curve needs the parameter 'dec'"),
        (["light_curve", "--ra", "10", "--dec", "x"], "dec cannot be 'x': give an angle"),
        (["failures", "--m", "10"], "failures has no parameter 'm'; it takes run, n"),
        (["failures", "--run", "\udcff"], "run cannot be '\\udcff': give text in UTF-8"),
        (["failures", "--n"], "--n needs a value: write --n value"),
        (["failures", "10"], "'10' is no parameter: write --name value"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(words: list[str], sentence: str) -> None:
    output, said = call("query", *words, code=2)
    assert output == ""
    assert said.startswith(f"skyledger: {sentence}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("verb", ["sql", "query"])
def test_help_has_an_example(verb: str) -> None:
    assert f"Example: skyledger {verb} " in call(verb, "--help")[0]
