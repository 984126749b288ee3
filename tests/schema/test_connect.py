"""Connections that do not come about say why."""

import socket
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from schema import server
from schema.connect import connect
from schema.errors import NoDatabase, OutdatedSchema
from schema.settings import Settings

NOT_YET = "^the database holds no ledger yet: run `skyledger init`$"


def test_a_dead_port_is_one_sentence() -> None:
    with socket.socket() as taken:  # bound, but it does not listen
        taken.bind(("127.0.0.1", 0))
        using = Settings(database_url=SecretStr(f"host=127.0.0.1 port={taken.getsockname()[1]}"))
        with pytest.raises(NoDatabase, match=r"answer \(connection to server at .* failed: Connection refused\); see"):
            connect("reader", using)


def test_before_init_a_server_of_our_own_holds_no_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYLEDGER_SERVER_FAST", "1")
    using = Settings(home=tmp_path / "home", database_url=None)
    try:
        with pytest.raises(OutdatedSchema, match=NOT_YET):
            connect("reader", using)
        with psycopg.connect(server.dsn(using.home), autocommit=True) as admin:
            password = server.password(using.home, "skyledger_reader")
            admin.execute(f"create role skyledger_reader login password '{password}'".encode())
        with pytest.raises(OutdatedSchema, match=NOT_YET):
            connect("reader", using)  # now it is the database that is missing
    finally:
        server.stop(using.home)


@pytest.mark.database
def test_before_init_a_server_of_yours_holds_no_ledger(administrator: str) -> None:
    using = Settings(database_url=SecretStr(administrator), role_prefix="nobody_made")
    with pytest.raises(OutdatedSchema, match=NOT_YET):
        connect("reader", using)


@pytest.mark.database
def test_a_database_that_is_missing_is_named(administrator: str) -> None:
    using = Settings(database_url=SecretStr(make_conninfo(administrator, dbname="nosuch")))
    with pytest.raises(NoDatabase, match='database "nosuch" does not exist'):
        connect("reader", using)
