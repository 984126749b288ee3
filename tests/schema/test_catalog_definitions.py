"""Catalog definitions: one source for Parquet, SQL and the documents."""

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
import yaml
from astropy import units
from astropy.io.votable.ucd import check_ucd
from sqlalchemy.schema import CreateTable

from schema.arrow_digest import schema_digest
from schema.catalog import tables
from schema.catalog.check import SchemaMismatch, check
from schema.catalog.column import Column, is_quantity
from schema.catalog.definition import (
    FOLDER,
    BadDefinition,
    Definition,
    UnknownCatalog,
    arrow_schema,
    definition,
    digest,
    names,
    read,
    sql_name,
    sql_table,
)
from schema.catalog.markdown import reference
from schema.catalog.vocabulary import validate

ARROW = {
    "boolean": "bool",
    "int": "int32",
    "long": "int64",
    "float": "float",
    "double": "double",
    "string": "string",
    "timestamp": "timestamp[us, tz=UTC]",
}
SQL = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "REAL",
    "double": "DOUBLE PRECISION",
    "string": "TEXT",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
LEDGER = {
    "visit": ["dataset_id"],
    "visit_detector": ["load_id", "dataset_id"],
    "source": ["load_id", "dataset_id"],
    "forced_source": ["load_id", "dataset_id"],
    "reference_star": ["load_id", "dataset_id"],
    "truth_object": ["load_id", "dataset_id"],
    "truth_source": ["load_id", "dataset_id"],
    "truth_detector": ["load_id", "dataset_id"],
    "truth_crosstalk": ["load_id", "dataset_id"],
}
DIALECT = sa.make_url("postgresql+psycopg://").get_dialect()()
COLUMNS = [(name, column) for name in names() for column in definition(name).columns]
each_catalog = pytest.mark.parametrize("name", names())
each_column = pytest.mark.parametrize(("name", "column"), COLUMNS, ids=[f"{name}.{c.name}" for name, c in COLUMNS])

# Units and UCDs of LSST Data Preview 1 (tables Source, CcdVisit and Visit of dp1.yaml in lsst/sdm_schemas, commit
# bbb8cfd) for the columns that we have too. What has no unit or no UCD there is not listed.
DP1_UNITS = {
    "source": {
        "pixel": "x y xErr yErr footprintArea_value",
        "deg": "ra dec raErr decErr",
        "deg**2": "ra_dec_Cov",
        "nJy": "psfFlux psfFluxErr ap03Flux ap03FluxErr ap06Flux ap06FluxErr ap09Flux ap09FluxErr "
        "ap12Flux ap12FluxErr ap17Flux ap17FluxErr sky skyErr",
        "count": "apFlux_12_0_instFlux apFlux_12_0_instFluxErr",
    },
    "visit_detector": {
        "deg": "ra dec llcra llcdec ulcra ulcdec urcra urcdec lrcra lrcdec",
        "arcsec/pixel": "pixelScale",
        "arcsec": "astromOffsetMean astromOffsetStd seeing",
        "pixel": "xSize ySize psfSigma",
        "mag": "zeroPoint magLim",
        "adu": "skyBg skyNoise",
        "s": "expTime",
        "d": "expMidptMJD obsStartMJD",
    },
    "visit": {
        "deg": "ra dec skyRotation azimuth altitude zenithDistance",
        "s": "expTime",
        "d": "expMidptMJD obsStartMJD",
    },
}
DP1_UCDS = {
    "source": {
        "sourceId": "meta.id;src",
        "visit": "meta.id;obs.image",
        "detector": "meta.id;obs.image",
        "ra": "pos.eq.ra",
        "dec": "pos.eq.dec",
        "raErr": "stat.error;pos.eq.ra",
        "decErr": "stat.error;pos.eq.dec",
        "ra_dec_Cov": "stat.covariance;pos.eq.ra;pos.eq.dec",
    },
    "visit_detector": {"expMidptMJD": "time.epoch;obs.exposure", "obsStartMJD": "time.start;obs.exposure"},
    "visit": {
        "visit": "meta.id;obs.image",
        "expMidptMJD": "time.epoch;obs.exposure",
        "obsStartMJD": "time.start;obs.exposure",
    },
}
# Where we differ on purpose: DP1 gives the background of an image in its calibrated unit or in adu, we in the unit of
# its pixels, whatever that is; DP1 has a second pair of coordinates, coord_ra and coord_dec, that is the main one.
EXCEPTIONS = {
    "source": {"sky": "count", "skyErr": "count", "ra": "pos.eq.ra;meta.main", "dec": "pos.eq.dec;meta.main"},
    "visit_detector": {"skyBg": "count", "skyNoise": "count"},
    "visit": {},
}

GOOD = """
name: catalog
description: Examples.
tables:
- name: lamp
  description: Lamps.
  primaryKey: ["#lamp.lampId"]
  columns:
  - {name: lampId, datatype: long, nullable: false, description: Its number., "ivoa:ucd": meta.id}
  - {name: power, datatype: float, nullable: false, description: NaN when off., "ivoa:ucd": phys.energy, "ivoa:unit": J}
"""


def raw_columns(name: str) -> list[dict[str, Any]]:
    """Read the columns of a definition with nothing but a YAML parser."""
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return list(document["tables"][0]["columns"])


def filled(name: str) -> pa.Table:
    """Make a table of one row that keeps the definition of a catalog."""
    schema = arrow_schema(definition(name))
    return pa.table([pa.array([0], pa.int8()).cast(pa.int64()).cast(field.type) for field in schema], schema=schema)


def test_there_are_five_catalogs() -> None:
    truth = ("truth_crosstalk", "truth_detector", "truth_object", "truth_source")
    assert names() == ("forced_source", "reference_star", "source", *truth, "visit", "visit_detector")
    with pytest.raises(UnknownCatalog, match="no catalog 'nebula': choose one of forced_source, reference_star"):
        definition("nebula")


def test_a_definition_is_read_once() -> None:
    assert definition("source") is definition("source")


# Names and dates of a visit that nobody knows; every measured number has its NaN.
NULLABLE = {("visit", name) for name in ("physical_filter", "band", "day_obs", "expMidpt", "obsStart")}


@each_catalog
def test_yaml_arrow_and_sql_agree_column_by_column(name: str) -> None:
    raw = raw_columns(name)
    schema = arrow_schema(definition(name))
    table = getattr(tables, name)
    sql = list(table.columns)[len(LEDGER[name]) :]
    assert [column["name"] for column in raw] == schema.names
    for in_yaml, field, column in zip(raw, schema, sql, strict=True):
        assert column.name == field.name.lower() == in_yaml["name"].lower()
        assert str(field.type) == ARROW[in_yaml["datatype"]]
        assert column.type.compile(DIALECT) == SQL[in_yaml["datatype"]]
        assert field.nullable == ((name, field.name) in NULLABLE)
        assert column.nullable == (field.nullable or name != "visit")  # the others leave it to their partitions
        description, unit, ucd = from_comment(column.comment)
        metadata = {key.decode(): value.decode() for key, value in field.metadata.items()}
        words = " ".join(in_yaml["description"].split())
        assert metadata.pop("description") == description == words
        assert metadata.pop("ucd") == ucd == in_yaml["ivoa:ucd"]
        assert metadata.pop("unit", None) == unit == in_yaml.get("ivoa:unit")
        assert not metadata
        assert (column.server_default is not None) == (in_yaml["datatype"] in ("float", "double"))


def from_comment(comment: str) -> tuple[str, str | None, str]:
    """Take a column comment apart: description, unit and UCD."""
    found = re.fullmatch(r"(.*?)(?: \[([^\[\]]+)\])? \(([^()]+)\)", comment)
    assert found is not None
    description, unit, ucd = found.groups()
    return description, "" if unit == "dimensionless" else unit, ucd


@each_catalog
def test_the_ledger_columns_come_first(name: str) -> None:
    table = getattr(tables, name)
    ledger = list(table.columns)[: len(LEDGER[name])]
    assert [column.name for column in ledger] == LEDGER[name]
    for column in ledger:
        assert isinstance(column.type, sa.BigInteger)
        assert column.nullable == (name != "visit")
        assert column.server_default is None
        assert "Only in SQL" in column.comment


@each_column
def test_every_column_has_a_known_unit_and_ucd(name: str, column: Column) -> None:
    """What no number measures has no unit; a dimensionless number has the empty one."""
    assert check_ucd(column.ucd, check_controlled_vocabulary=True)
    assert (column.unit is not None) == is_quantity(column)
    units.Unit(column.unit or "", format="vounit")


@each_column
def test_every_description_is_sentences_that_fit_a_line_of_sql(name: str, column: Column) -> None:
    assert re.fullmatch(r"[A-Z][^\n]{9,400}\.", column.description)
    if column.datatype == "boolean":
        assert column.description.startswith("True when ")


@pytest.mark.parametrize("name", sorted(DP1_UNITS))
def test_units_and_ucds_agree_with_data_preview_1(name: str) -> None:
    ours = {column.name: column for column in definition(name).columns}
    different = {}
    for unit, columns in DP1_UNITS[name].items():
        different.update({key: ours[key].unit for key in columns.split() if ours[key].unit != unit})
    different.update({key: ours[key].ucd for key, ucd in DP1_UCDS[name].items() if ours[key].ucd != ucd})
    assert different == EXCEPTIONS[name]


@each_catalog
def test_sql_names_need_no_quotes_and_do_not_collide(name: str) -> None:
    """psfFlux, psfflux and PSFFLUX are one column for PostgreSQL, so they must be one for us."""
    called = [*LEDGER[name], *(sql_name(column) for column in definition(name).columns)]
    quote = DIALECT.identifier_preparer.quote
    assert len(set(called)) == len(called)
    assert [quote(word) for word in called] == called


def test_indexes_serve_the_look_ups() -> None:
    found = {}
    for name in names():
        table = getattr(tables, name)
        for index in table.indexes:
            found[index.name] = ("unique " if index.unique else "") + ", ".join(column.name for column in index.columns)
    assert found == {
        "forced_source_once_key": "unique positionlist, objectid, dataset_id, load_id",
        "forced_source_dataset_idx": "dataset_id",
        "forced_source_healpix_idx": "_healpix_29",
        "forced_source_object_idx": "objectid, positionlist",
        "forced_source_visit_detector_idx": "visit, detector",
        "reference_star_once_key": "unique refstarid, dataset_id, load_id",
        "reference_star_dataset_idx": "dataset_id",
        "reference_star_healpix_idx": "_healpix_29",
        "source_once_key": "unique sourceid, dataset_id, load_id",
        "source_dataset_idx": "dataset_id",
        "source_healpix_idx": "_healpix_29",
        "source_visit_detector_idx": "visit, detector",
        "truth_crosstalk_once_key": "unique instrument, detector, target, source, dataset_id, load_id",
        "truth_crosstalk_dataset_idx": "dataset_id",
        "truth_detector_once_key": "unique instrument, detector, amplifier, dataset_id, load_id",
        "truth_detector_dataset_idx": "dataset_id",
        "truth_object_once_key": "unique truthid, dataset_id, load_id",
        "truth_object_dataset_idx": "dataset_id",
        "truth_object_healpix_idx": "_healpix_29",
        "truth_source_once_key": "unique truthid, visit, detector, instrument, dataset_id, load_id",
        "truth_source_dataset_idx": "dataset_id",
        "truth_source_healpix_idx": "_healpix_29",
        "truth_source_object_idx": "truthid",
        "truth_source_visit_detector_idx": "visit, detector",
        "visit_dataset_idx": "dataset_id",
        "visit_day_obs_idx": "day_obs",
        "visit_detector_once_key": "unique visit, detector, instrument, dataset_id, load_id",
        "visit_detector_dataset_idx": "dataset_id",
        "visit_detector_healpix_idx": "_healpix_29",
    }


@each_catalog
def test_tables_stand_in_the_catalog_schema_and_take_loads_as_partitions(name: str) -> None:
    table = getattr(tables, name)
    statement = str(CreateTable(table).compile(dialect=DIALECT))
    assert statement.strip().startswith(f"CREATE TABLE catalog.{name} (")
    assert ("PARTITION BY LIST (load_id)" in statement) == (name != "visit")
    assert ("CONSTRAINT visit_pkey PRIMARY KEY (instrument, visit)" in statement) == (name == "visit")
    assert table.comment == definition(name).description


@each_catalog
def test_a_table_can_be_declared_on_any_metadata(name: str) -> None:
    metadata = sa.MetaData()
    again = sql_table(definition(name), metadata)
    assert again.metadata is metadata
    assert [column.name for column in again.columns] == [column.name for column in getattr(tables, name).columns]


def test_float_columns_default_to_nan_so_that_new_ones_fit_old_loads() -> None:
    statement = str(CreateTable(tables.source).compile(dialect=DIALECT))
    assert "psfflux DOUBLE PRECISION DEFAULT 'NaN'" in statement
    assert "raerr REAL DEFAULT 'NaN'" in statement


def test_the_good_example_is_good(tmp_path: Path) -> None:
    lamp = write(tmp_path, GOOD)
    assert [column.name for column in validate(lamp).key] == ["lampId"]


@each_catalog
def test_felis_reads_each_definition_as_we_do(name: str) -> None:
    assert validate(FOLDER / f"{name}.yaml") == definition(name)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (', "ivoa:unit": J', "", "column power is a quantity without a unit"),
        (
            '"ivoa:ucd": meta.id}',
            '"ivoa:ucd": meta.id, "ivoa:unit": J}',
            "column lampId is no quantity but has the unit",
        ),
        (', "ivoa:ucd": phys.energy', "", "column power has no UCD"),
        ("phys.energy", "phys.lamplight", "Unknown word 'phys.lamplight'"),
        ('"ivoa:unit": J', '"ivoa:unit": blink', "Invalid unit"),
        ("NaN when off.", "Power.", "column power does not say in its description what NaN means"),
        ("description: Its number., ", "", "Description is required"),
        ("nullable: false, description: NaN", "description: NaN", "column power is nullable"),
        ("datatype: float", "datatype: byte", "column power is of type byte"),
        ("name: power", "name: LAMPID", "2 columns are called lampid in SQL"),
        ("name: power", "name: load_id", "2 columns are called load_id in SQL"),
        ('  primaryKey: ["#lamp.lampId"]\n', "", "it has no primaryKey"),
        ('["#lamp.lampId"]', '"#lamp.wick"', "its keys and indexes use #lamp.wick, which is no column"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert GOOD.count(old) == 1
    lamp = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadDefinition, match=re.escape(reason)) as caught:
        validate(lamp)
    assert caught.value.path == lamp
    assert "\n" not in str(caught.value)


def test_a_definition_is_called_as_its_file(tmp_path: Path) -> None:
    candle = write(tmp_path, GOOD).rename(tmp_path / "candle.yaml")
    with pytest.raises(BadDefinition, match=r"it must hold one table, called candle$"):
        read(candle)


def write(folder: Path, text: str) -> Path:
    path = folder / "lamp.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@each_catalog
def test_parquet_keeps_schema_and_digest(name: str) -> None:
    buffer = io.BytesIO()
    pq.write_table(filled(name), buffer, compression="zstd")
    again = pq.read_table(buffer)
    check(again, definition(name))
    assert again.schema.equals(arrow_schema(definition(name)), check_metadata=True)
    assert schema_digest(again.schema) == digest(definition(name))


def test_the_digest_follows_units_and_not_words() -> None:
    visit = definition("visit")
    first, *others = visit.columns
    reworded = replace(visit, columns=(replace(first, description="Other words."), *others))
    in_other_unit = replace(visit, columns=(*others, replace(first, unit="m")))
    assert digest(reworded) == digest(visit)
    assert digest(in_other_unit) != digest(replace(visit, columns=(*others, first)))


def test_check_lets_the_order_of_columns_and_missing_words_pass() -> None:
    visit = filled("visit")
    turned = visit.select(visit.column_names[::-1])
    check(turned.replace_schema_metadata(), definition("visit"))
    check(pa.table(turned.columns, names=turned.column_names), definition("visit"))


def test_check_names_every_difference_in_one_sentence() -> None:
    visit = filled("visit")
    seconds = pa.field("expTime", pa.float64(), metadata={"unit": "min"})
    wrong = visit.drop_columns(["ra", "dec"]).append_column("moon", pa.array([1]))
    wrong = wrong.set_column(wrong.column_names.index("expTime"), seconds, wrong["expTime"])
    wrong = wrong.set_column(wrong.column_names.index("airmass"), "airmass", pa.array([1.2], pa.float32()))
    wrong = wrong.set_column(wrong.column_names.index("altitude"), "altitude", pa.array([None], pa.float64()))
    wrong = wrong.append_column("band", pa.array(["r"]))
    with pytest.raises(SchemaMismatch) as caught:
        check(wrong, definition("visit"))
    assert str(caught.value) == (
        "the table is not a visit catalog: it has no columns ra, dec; it has the unknown columns moon; "
        "it has more than one of the columns band; altitude holds NULL in 1 rows; "
        "airmass is of type float and not double; expTime is in min and not in s"
    )
    assert caught.value.catalog == "visit"


@each_catalog
def test_reference_page_has_one_row_a_column(name: str) -> None:
    head, rule, *rows = reference(definition(name)).splitlines()
    assert head.count("|") == rule.count("|") == 6
    listed = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    assert all(len(cells) == 5 for cells in listed)
    shown = [cells[0].strip(" `") for cells in listed]
    assert shown == [*LEDGER[name], *(column.name for column in definition(name).columns)]


def test_reference_page_escapes_bars_and_says_dimensionless() -> None:
    column = Column("ratio", "float", None, "", "arith.ratio", "Of |a| to b. NaN when b is 0.")
    page = reference(Definition("visit", "", (column,), (), ()))
    assert (
        page.splitlines()[-1] == "| `ratio` | float | dimensionless | arith.ratio | Of \\|a\\| to b. NaN when b is 0. |"
    )
