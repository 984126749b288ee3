"""Rows of catalogs made elsewhere: names, units, types, images, identifiers."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.catalogs.convert import convert
from ingest.catalogs.delivered import inspect
from ingest.catalogs.errors import BadCatalogFile
from ingest.catalogs.images import Image
from ingest.catalogs.recipe import Recipe
from schema.catalog.check import check
from schema.catalog.definition import definition
from schema.source_id import first_source_id
from tests.support.foreign import columns, forced, recipe, write


def image(visit: int, detector: int = 0) -> Image:
    return Image("Toy", visit, visit, detector, "g", "g", 58849.5 + visit)


def converted(path: Path, read_by: Recipe) -> dict[tuple[int, int], dict[str, list[Any]]]:
    """Give the columns of each image; a detector's name is D and its number."""
    file = inspect(path, read_by)
    images = {key: image(key[0], int(str(key[1]).removeprefix("D"))) for key in file.keys}
    found = {}
    for one, table in convert(file, read_by, images):
        check(table, definition(read_by.catalog))
        found[one.exposure, one.detector] = table.to_pydict()
    return found


def only(path: Path, read_by: Recipe) -> dict[str, list[Any]]:
    ((_, found),) = converted(path, read_by).items()
    return found


def refused(path: Path, read_by: Recipe) -> str:
    with pytest.raises(BadCatalogFile) as caught:
        converted(path, read_by)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_columns_get_our_names_units_and_types(tmp_path: Path) -> None:
    given = {**columns(3), "MAG_PSF": [31.4, 99.0, np.nan], "X_IMAGE": [1.0, 2.0, 3.0], "FLAGS": pa.array([4, 3, 7])}
    found = only(write(tmp_path, 7, given), recipe())
    row = found["sourceId"].index(first_source_id(7, 0, 3) + 1)
    assert (found["x"][row], found["psfFlux"][row]) == (0.0, pytest.approx(1.0, rel=1e-3))
    assert sorted(found["x"]) == [0.0, 1.0, 2.0]
    assert np.isnan(found["psfFlux"]).sum() == 2
    assert sorted(zip(found["x"], found["pixelFlags_saturated"], strict=True)) == [(0, True), (1, False), (2, True)]
    assert set(found["midpointMjdTai"]) == {58856.5}
    assert (set(found["instrument"]), set(found["band"]), set(found["visit"])) == ({"Toy"}, {"g"}, {7})
    assert found["_healpix_29"] == sorted(found["_healpix_29"])
    assert set(found["sourceId"]) == {first_source_id(7, 0, 3) + n for n in (1, 2, 3)}


def test_what_nobody_says_is_not_measured(tmp_path: Path) -> None:
    found = only(write(tmp_path, 1), recipe())
    assert np.isnan(found["ap03Flux"]).all()
    assert found["ap03Flux_flag"] == [True] * 5
    assert found["psfFlux_flag"] == [False] * 5
    assert found["pixelFlags_bad"] == [False] * 5


def test_without_leave_every_column_must_be_somewhere(tmp_path: Path) -> None:
    sentence = refused(write(tmp_path, 1), recipe(missing=None))
    assert "it has no columns xErr, yErr, raErr, decErr" in sentence
    assert "and the recipe does not say where they are or `missing: allow`" in sentence
    assert "it has columns that nobody asked for: CLASS_STAR, NUMBER" in sentence


def test_a_column_that_nobody_asked_for_can_be_refused(tmp_path: Path) -> None:
    assert "nobody asked for: CLASS_STAR" in refused(write(tmp_path, 1), recipe(unexpected="refuse"))
    assert only(write(tmp_path, 1), recipe())["visit"] == [1] * 5


def test_the_unit_that_a_file_states_counts_and_must_not_contradict(tmp_path: Path) -> None:
    table = pa.table({**columns(2), "ra": np.radians([10.0, 20.0])})
    place = table.schema.get_field_index("ra")
    path = tmp_path / "cat_1_0.parquet"
    pq.write_table(table.set_column(place, pa.field("ra", pa.float64(), metadata={"unit": "rad"}), table["ra"]), path)
    mapped = recipe().model_dump(mode="json", exclude_defaults=True)["columns"]
    del mapped["ra"]
    assert sorted(only(path, recipe(columns=mapped))["ra"]) == pytest.approx([10.0, 20.0])
    said = {**mapped, "ra": {"column": "ra", "unit": "deg"}}
    assert "ra is in 'rad' by the file and in 'deg' by the recipe" in refused(path, recipe(columns=said))


def test_a_file_of_many_images_is_taken_apart_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "all.parquet"
    table = {**columns(6), "EXP": [2, 1, 1, 2, 1, 2], "CCD": pa.array(["D0", "D0", "3", "D0", "D0", "3"])}
    pq.write_table(pa.table(table), path, row_group_size=2)
    found = converted(path, recipe(data_id={"columns": {"exposure": "EXP", "detector": "CCD"}}))
    assert {key: len(rows["x"]) for key, rows in found.items()} == {(1, 0): 2, (1, 3): 1, (2, 0): 2, (2, 3): 1}
    x = sorted(float(value) for rows in found.values() for value in rows["x"])
    assert x == pytest.approx(sorted(table["X_IMAGE"] - 1.0))


def test_numbers_stand_in_the_path_the_metadata_or_the_recipe(tmp_path: Path) -> None:
    folder = tmp_path / "visit=12"
    folder.mkdir()
    table = pa.table(columns(2)).replace_schema_metadata({"CCDNUM": " 3 "})
    pq.write_table(table, folder / "part-0.parquet")
    by_path = {"pattern": r"visit=(?P<visit>\d+)/", "metadata": {"detector": "CCDNUM"}}
    assert list(converted(folder / "part-0.parquet", recipe(data_id=by_path))) == [(12, 3)]
    constant = {"pattern": r"visit=(?P<visit>\d+)/", "constant": {"detector": "D5"}}
    assert list(converted(folder / "part-0.parquet", recipe(data_id=constant))) == [(12, 5)]
    lost = {"pattern": r"visit=(?P<visit>\d+)/", "metadata": {"detector": "CCD"}}
    assert "its metadata has no key 'CCD', only CCDNUM" in refused(folder / "part-0.parquet", recipe(data_id=lost))


def test_their_own_numbers_are_kept_and_must_be_of_one_row_each(tmp_path: Path) -> None:
    mapped = {**recipe().model_dump(mode="json", exclude_defaults=True)["columns"], "sourceId": "NUMBER"}
    assert sorted(only(write(tmp_path, 1), recipe(columns=mapped))["sourceId"]) == [1, 2, 3, 4, 5]
    double = write(tmp_path, 2, {"NUMBER": [1, 2, 3, 2, 5]})
    sentence = "exposure 2, detector 0 has sourceId 2 more than once"
    assert sentence in refused(double, recipe(columns=mapped))


def test_a_catalog_without_detections_is_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "cat_4_0.parquet"
    pq.write_table(pa.table(columns(3)).slice(0, 0), path)
    assert only(path, recipe())["x"] == []
    by_column = {"columns": {"visit": "NUMBER"}, "constant": {"detector": 0}}
    assert "holds no row, so no column says of which image it is" in refused(path, recipe(data_id=by_column))


def test_angles_come_into_one_turn(tmp_path: Path) -> None:
    path = write(tmp_path, 1, {**columns(3), "ALPHA_J2000": [-10.0, 360.0, -1e-15]})
    assert sorted(only(path, recipe())["ra"]) == [0.0, 0.0, 350.0]


def test_forced_photometry_goes_into_its_table(tmp_path: Path) -> None:
    found = only(write(tmp_path, 3), forced())
    assert sorted(found["objectId"]) == [1, 2, 3, 4, 5]
    assert set(found["expMidptMJD"]) == {58852.5}
    assert set(found["positionList"]) == {"supernovae"}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"MAG_PSF": ["a"] * 5}, "MAG_PSF is of type string and not a number"),
        ({"FLAGS": np.zeros(5)}, "FLAGS is of type double and not an integer type, whose bits are asked for"),
        ({"FLAGS": pa.array([1, None, 1, 1, 1])}, "FLAGS holds NULL in 1 rows"),
        ({"DELTA_J2000": None}, "it has no columns DELTA_J2000"),
        ({"DELTA_J2000": [1.0, 2.0, np.nan, 4.0, 5.0]}, "dec nan deg, which is not on the sky"),
        ({"DELTA_J2000": pa.array([1.0, 2.0, None, 4.0, 5.0])}, "which is not on the sky"),
        ({"ALPHA_J2000": [1.0, 400.0, 3.0, 4.0, 5.0]}, "row 2 of 5 is at ra 400"),
        ({"ALPHA_J2000": [1.0, np.inf, 3.0, 4.0, 5.0]}, "row 2 of 5 is at ra nan"),
    ],
)
def test_values_that_cannot_be_ours_are_named(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    assert problem in refused(write(tmp_path, 1, changes), recipe())


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_what_stands_for_no_number_is_found_in_every_precision(tmp_path: Path, kind: type[np.floating[Any]]) -> None:
    mapped = recipe().model_dump(mode="json", exclude_defaults=True)["columns"]
    mapped["psfFlux"] = {"column": "MAG_PSF", "nan": [99.9, -1e300]}
    path = write(tmp_path, 1, {"MAG_PSF": np.array([99.9, 20.0, 99.8, 20.0, 20.0], dtype=kind)})
    found = only(path, recipe(columns=mapped))["psfFlux"]
    assert np.isnan(found).sum() == 1
    assert sorted(value for value in found if not np.isnan(value)) == [20.0, 20.0, 20.0, np.float32(kind(99.8))]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("p" * 65, "LIST holds text of more than 64 characters"),
        ("a\0b", "LIST holds NUL characters"),
        ("a\0", "LIST holds NUL characters"),
        ("ü" * 64, ""),
    ],
)
def test_text_must_be_such_as_the_table_can_hold(tmp_path: Path, text: str, problem: str) -> None:
    mapped = {**forced().model_dump(mode="json", exclude_defaults=True)["columns"], "positionList": "LIST"}
    said = forced().model_copy(update={"columns": recipe(catalog="forced_source", columns=mapped).columns})
    path = write(tmp_path, 1, {"LIST": ["a", "b", text, "d", "e"]})
    if problem:
        assert problem in refused(path, said)
    else:
        assert text in only(path, said)["positionList"]


def test_flags_beyond_64_bits_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, 1, {"FLAGS": pa.array([1, 2, 3, 4, 2**63], pa.uint64())})
    assert "FLAGS holds numbers that do not fit into int64" in refused(path, recipe())


@pytest.mark.parametrize("unit", ["Jy,", "mag(AB),", "Jy, s", "\0", "Jy)"])
def test_a_unit_that_is_none_is_named(tmp_path: Path, unit: str) -> None:
    mapped = recipe().model_dump(mode="json", exclude_defaults=True)["columns"]
    for name in ("x", "psfFlux"):
        theirs = {"x": "X_IMAGE", "psfFlux": "MAG_PSF"}[name]
        fields = [
            pa.field(column, pa.array(values).type, metadata={"unit": unit} if column == theirs else None)
            for column, values in columns().items()
        ]
        path = tmp_path / "cat_1_0.parquet"
        pq.write_table(pa.table(columns(), schema=pa.schema(fields)), path)
        assert f"{theirs}: the unit {unit!r} is " in refused(path, recipe(columns={**mapped, name: theirs}))


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    bad = pa.array([b"D0", b"D\xff", b"D0", b"D0", b"D0"]).view(pa.string())
    by_column = {"constant": {"visit": 1}, "columns": {"detector": "CCD"}}
    assert "UTF8" in refused(write(tmp_path, 1, {"CCD": bad}), recipe(data_id=by_column))
    mapped = {**forced().model_dump(mode="json", exclude_defaults=True)["columns"], "positionList": "CCD"}
    assert "UTF8" in refused(write(tmp_path, 1, {"CCD": bad}), recipe(catalog="forced_source", columns=mapped))


def test_a_column_whose_name_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, 1)
    path.write_bytes(path.read_bytes().replace(b"CLASS_STAR", b"CLASS_ST\xffR"))
    assert "cannot be read ('utf-8' codec can't decode" in refused(path, recipe())


def test_whole_numbers_must_fit(tmp_path: Path) -> None:
    mapped = {**recipe().model_dump(mode="json", exclude_defaults=True)["columns"], "deblend_nPeaks": "NUMBER"}
    path = write(tmp_path, 1, {"NUMBER": pa.array([1, 2, 3, 4, 2**40])})
    assert "NUMBER holds numbers that do not fit into int32" in refused(path, recipe(columns=mapped))
    wrong = {**mapped, "deblend_nPeaks": {"value": "many"}}
    assert "the value 'many' of the recipe is no int32 for deblend_nPeaks" in refused(path, recipe(columns=wrong))
