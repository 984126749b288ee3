"""Recipes: what they may say, and one sentence for what they may not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.catalogs.errors import BadRecipe
from ingest.catalogs.recipe import Recipe, read_recipe
from tests.support.foreign import RECIPE, recipe


def refusal(folder: Path, text: str) -> str:
    """Give the sentence about a recipe."""
    path = folder / "bad.yaml"
    path.write_text(text)
    with pytest.raises(BadRecipe) as caught:
        read_recipe(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert len(sentence.splitlines()) == 1
    return sentence


def changed(*keys: str, value: Any) -> str:
    """Give the recipe with one thing in it replaced; None takes it out."""
    body = yaml.safe_load(RECIPE)
    section = body
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    if value is None:
        del section[keys[-1]]
    return yaml.safe_dump(body)


def test_a_recipe_is_read_and_its_identity_is_what_changes_rows(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(f"# a remark\n{RECIPE}")
    read = read_recipe(tmp_path / "good.yaml")
    assert read == recipe()
    assert read.body["made_by"] == {
        "software": "SExtractor",
        "version": "2.28.2",
        "config": {"DETECT_THRESH": 1.5, "PHOT_APERTURES": [12, 24]},
    }
    elsewhere = recipe(data_id={"pattern": r"(?P<exposure>\d+)-(?P<detector>\d+)"})
    assert elsewhere.body == read.body
    assert recipe(missing="refuse").body != read.body
    assert recipe(made_by={"software": "SExtractor", "version": "2.29"}).body != read.body


@pytest.mark.parametrize(
    ("keys", "value", "problem"),
    [
        (
            ("catalog",),
            "visit",
            "catalog: 'visit' takes no catalogs from elsewhere: choose one of source, forced_source",
        ),
        (("instrument",), None, "instrument: Field required"),
        (("made_by", "version"), 2.28, "made_by.version: Input should be a valid string"),
        (("made_by", "software"), "", "made_by.software: String should have at least 1 character"),
        (("made_by", "author"), "me", "made_by.author: Extra inputs are not permitted"),
        (("made_by", "config"), {"a": float("nan")}, "made_by.config: use text, finite numbers"),
        (("data_id", "pattern"), "cat_(", "data_id.pattern: 'cat_(' is no regular expression"),
        (("data_id", "pattern"), "cat", "data_id.pattern: 'cat' has no named group"),
        (
            ("data_id", "pattern"),
            "(?P<ccd>.)",
            "data_id.pattern: '(?P<ccd>.)' has a group ccd: only exposure, visit, detector",
        ),
        (("data_id", "pattern"), "(?P<visit>.)", "data_id: say where detector and one of visit and exposure are found"),
        (("data_id", "constant"), {"detector": 1}, "data_id: detector is said twice"),
        (("data_id", "columns"), {"exposure": "E"}, "data_id: say where detector and one of visit and exposure"),
        (("columns", "psfFlu"), "A", "columns.psfFlu: the table source has no such column"),
        (("columns", "band"), "BAND", "columns.band: that is said by the ledger, not by a file"),
        (("columns", "ra"), {"column": "A", "unit": "furlong"}, "columns.ra: the unit 'furlong' is none that astropy"),
        (("columns", "ra"), {"column": "A", "unit": "Jy"}, "columns.ra: the unit 'Jy' cannot be converted into deg"),
        (("columns", "centroid_flag"), {"column": "A", "unit": "deg"}, "columns.centroid_flag: it is no quantity"),
        (("columns", "x"), {}, "columns.x: give either a column or a value"),
        (("columns", "x"), {"column": "A", "value": 1}, "columns.x: give either a column or a value"),
        (("columns", "x"), {"value": 1, "unit": "pixel"}, "columns.x: a value stands alone, in our unit"),
        (("columns", "x"), {"column": "A", "bits": -1}, "columns.x.bits: Input should be greater than or equal to 0"),
        (
            ("columns", "x"),
            {"column": "A", "bits": 2**63},
            "columns.x.bits: Input should be less than 9223372036854775",
        ),
        (("columns", "x"), {"column": "A", "nan": [1.0, float("inf")]}, "columns.x.nan.1: Input should be a finite"),
        (("columns", "x"), {"column": "A", "nan": [float("nan")]}, "columns.x.nan.0: Input should be a finite number"),
        (
            ("columns", "x"),
            {"column": "A", "offset": float("inf")},
            "columns.x.offset: Input should be a finite number",
        ),
        (("columns", "x"), {"column": "A\0"}, "columns.x.column: use no NUL characters"),
        (("columns", "blendedness_flag"), {"value": "\0"}, "columns.blendedness_flag: use no NUL characters"),
        (("made_by", "config"), {"a": [{"b\0": 1}]}, "made_by.config: use no NUL characters"),
        (("made_by", "software"), "a\0", "made_by.software: use no NUL characters"),
        (("made_by", "inputs_from"), "a\0", "made_by.inputs_from: use no NUL characters"),
        (("missing",), "ignore", "missing: Input should be 'refuse' or 'allow'"),
    ],
)
def test_what_is_wrong_in_a_recipe_is_named(tmp_path: Path, keys: tuple[str, ...], value: Any, problem: str) -> None:
    assert problem in refusal(tmp_path, changed(*keys, value=value))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is no YAML"),
        ("- 1", "Input should be a valid dictionary"),
        ("", "Input should be a valid dictionary"),
        ("a: 2020-13-45", "is no YAML (month must be in 1..12)"),
        ("catalog: !!python/object/apply:os.system ['true']", "is no YAML"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_and_names_no_code(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in refusal(tmp_path, text)


def test_a_recipe_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match="cannot be read"):
        read_recipe(tmp_path / "none.yaml")


def test_a_constant_text_must_fit_into_its_column(tmp_path: Path) -> None:
    text = changed("columns", value={"positionList": {"value": "p" * 65}, "objectId": "NUMBER"})
    text = text.replace("catalog: source", "catalog: forced_source")
    assert "columns.positionList: the value has more than 64 characters" in refusal(tmp_path, text)


def test_an_earlier_skyledger_needs_no_list_of_columns() -> None:
    short = {"catalog": "source", "instrument": "Toy", "made_by": {"software": "SkyLedger", "version": "0.1"}}
    data_id = {"columns": {"visit": "visit", "detector": "detector"}}
    assert Recipe.model_validate({**short, "data_id": data_id}).columns == {}
