"""The one MetaData, and the column kinds that every table shares."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Integer, LargeBinary, MetaData, text

SCHEMAS = {
    "registry": "What exists: coordinates, quanta, datasets, collections; append-only.",
    "work": "What is being done: units, leases, executions.",
    "ingest": "Which Parquet files are rows of which catalog table.",
    "catalog": "The catalogs: parents of the partitions; columns are named as in the public tables of LSST.",
    "catalog_part": "The partitions of the catalogs, one a load.",
    "quality": "Metrics and their measurements.",
}

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


def identity(name: str, comment: str, big: bool = True) -> Column[int]:
    """Give a surrogate primary key that only the database can choose."""
    return Column(name, BigInteger if big else Integer, Identity(always=True), primary_key=True, comment=comment)


def digest(name: str, comment: str, **options: Any) -> Column[bytes]:
    """Give a column for a SHA-256 digest, never NULL: nullable digests never get filled."""
    check = CheckConstraint(f"octet_length({name}) = 32", name=f"{name}_is_sha256")
    return Column(name, LargeBinary, check, nullable=False, comment=comment, **options)


def moment(
    name: str, comment: str, default: str | None = "now()", nullable: bool = False, **options: Any
) -> Column[Any]:
    """Give a bookkeeping time (UTC); science times are TAI numbers instead."""
    server_default = None if default is None else text(default)
    kind = DateTime(timezone=True)
    return Column(name, kind, nullable=nullable, server_default=server_default, comment=comment, **options)
