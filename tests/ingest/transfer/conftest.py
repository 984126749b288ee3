"""Two ledgers: one whose runs are exported, and an empty one."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from pipeline.planner.submit import submit
from schema.connect import connect
from schema.settings import Settings
from tests.support.ledgers import register_toy_camera
from tests.support.places import Place, look_away, see
from tests.support.runs import plan_loads, plan_toys


@pytest.fixture(scope="session")
def found(administrator: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Place]]:
    """Give what founds an empty ledger of its own."""
    names: list[str] = []
    opened: list[Connection[Any]] = []
    with psycopg.connect(administrator, autocommit=True) as admin:

        def make() -> Place:
            names.append(f"{template}_site{os.getpid()}_{len(names)}")
            admin.execute(f"create database {names[-1]} template {template}".encode())
            url = make_conninfo(administrator, dbname=names[-1])
            using = Settings(database_url=SecretStr(url), home=tmp_path_factory.mktemp("site"))
            opened.append(connect("owner", using))
            return Place(using, opened[-1])

        yield make
        for connection in opened:
            connection.close()
        for name in names:
            admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture(scope="session")
def origin(found: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a ledger with two runs of toys that have ended: one with an idle and a bad detector, one with a catalog."""
    place = found()
    with pytest.MonkeyPatch.context() as patch:
        see(patch, place.using)
        register_toy_camera(place.owner, place.using, 4, tmp_path_factory.mktemp("in"))
        for name, planned in (("run", plan_toys(place.owner, idle=1, bad=2)), ("loads", plan_loads(place.owner))):
            place.finish(submit(place.owner, planned, name))
    look_away()
    place.owner.execute(
        "insert into catalog.visit (dataset_id, instrument, visit, day_obs, ra, dec, airmass, target_name, "
        "science_program, headercorrected) "
        "select min(dataset_id), 'Toy', 1, 20200101, 1e-5, 10 / 3.0, 'NaN', 'M 31', '', false from registry.dataset"
    )
    place.owner.execute(
        "insert into registry.mark (dataset_id, verdict, reason) select min(dataset_id), 'suspect', 'x' "
        "from registry.dataset"
    )
    return place


@pytest.fixture
def here(origin: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Give the ledger with the runs; commands, plans and workers see it."""
    see(monkeypatch, origin.using)
    yield origin
    look_away()


@pytest.fixture(scope="session")
def exported(origin: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give its first run in a folder."""
    return origin.give("run", tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="session")
def empty(found: Callable[[], Place]) -> Place:
    """Give a second ledger; what is done to it is rolled back."""
    return found()


@pytest.fixture
def there(here: Place, empty: Place, tmp_path: Path) -> Iterator[Place]:
    """Give an empty ledger in a transaction that is rolled back, with a store of its own."""
    with empty.owner.transaction(force_rollback=True):
        yield Place(empty.using.model_copy(update={"home": tmp_path / "home"}), empty.owner)
