"""Random loads by parties that are late, die and repeat: each dataset is in the table once, whole."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg import Connection, errors

from tests.support.loads import add_datasets, call, fill, open_load, rows_of, stage
from tests.support.rows import ROWS

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]

SIZES = (1, 2, 3, 5)  # rows of the datasets
CHOICES = st.sets(st.integers(0, len(SIZES) - 1), min_size=1)

# Rows that users see, of datasets that no published load holds, or that two do.
CONTRADICTIONS = {
    "live in two loads": """
select dataset_id from ingest.load_file where live group by target, dataset_id having count(*) > 1""",
    "published and not live": """
select f.dataset_id from ingest.load_file f join ingest.load l using (load_id)
where l.state = 'published' and not f.live""",
    "attached and not published": """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'catalog.source'::regclass
  and not exists (select from ingest.load l where l.staged = c.relname and l.state = 'published')""",
    "staged and forgotten": """
select c.relname from pg_class c
where c.relnamespace = 'catalog_part'::regnamespace and c.relkind = 'r'
  and not exists (select from ingest.load l where l.staged = c.relname)""",
}


class Death(Exception):
    """A party dies in the middle of its transaction."""


class Party:
    """Somebody in the middle of a load, who may be overtaken at any step."""

    def __init__(self, load: int, token: int, rows: dict[int, int]) -> None:
        self.load, self.token, self.rows = load, token, rows


class LoadHistories(RuleBasedStateMachine):
    """Parties that open overlapping loads and go on with them in any order."""

    def __init__(self, connection: Connection[Any]) -> None:
        super().__init__()
        self.connection = connection
        self.transaction = connection.transaction(force_rollback=True)
        self.transaction.__enter__()
        self.parties: list[Party] = []
        self.published: dict[int, int] = {}  # dataset to rows
        self.token = 0

    @initialize()
    def begin(self) -> None:
        self.connection.execute(ROWS)
        self.connection.execute("update ingest.load_file set live = false")
        self.datasets = [dataset for n in SIZES for dataset in add_datasets(self.connection, n)]

    @rule(chosen=CHOICES)
    def open(self, chosen: set[int]) -> None:
        """Open a load, if none of its datasets is published in another."""
        rows = {self.datasets[number]: SIZES[number] for number in sorted(chosen)}
        self.token += 1
        try:
            with self.connection.transaction():
                load, _ = open_load(self.connection, list(rows))
        except errors.UniqueViolation:
            assert not rows.keys().isdisjoint(self.published)
        else:
            self.parties.append(Party(load, self.token, rows))

    @rule(data=st.data(), cut=st.booleans())
    def stage(self, data: st.DataObject, cut: bool) -> None:
        """Stage, and sometimes die in the middle of it."""
        if party := self._party(data):
            try:
                with self.connection.transaction():
                    part = stage(self.connection, party.load, party.token)
                    fill(self.connection, part, party.load, party.rows)
                    if cut:
                        raise Death
            except Death:
                return
            except errors.Error as error:
                assert error.sqlstate in ("P0I03", "P0I04", "42P07"), error  # noqa: PT017

    @rule(data=st.data())
    def verify(self, data: st.DataObject) -> None:
        self._advance(data, "verify", "P0I04")

    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        self._advance(data, "publish", "P0I06")

    @invariant()
    def each_dataset_is_there_once_with_all_its_rows(self) -> None:
        if hasattr(self, "datasets"):
            assert rows_of(self.connection) == self.published
            for what, question in CONTRADICTIONS.items():
                assert self.connection.execute(question).fetchall() == [], what

    def teardown(self) -> None:
        try:
            if hasattr(self, "datasets"):
                self._end()
        finally:
            self.transaction.__exit__(None, None, None)

    def _end(self) -> None:
        """Load what is missing, as one load, whoever left what behind."""
        missing = {d: n for d, n in zip(self.datasets, SIZES, strict=True) if d not in self.published}
        if missing:
            load, _ = open_load(self.connection, list(missing))
            fill(self.connection, stage(self.connection, load, self.token + 1), load, missing)
            for verb in ("verify", "publish"):
                assert call(self.connection, verb, load, self.token + 1) == sum(missing.values())
        assert rows_of(self.connection) == dict(zip(self.datasets, SIZES, strict=True))

    def _party(self, data: st.DataObject) -> Party | None:
        return data.draw(st.sampled_from(self.parties)) if self.parties else None

    def _advance(self, data: st.DataObject, verb: str, refusal: str) -> None:
        """Go a step further: with all rows of the manifest, or refused."""
        if party := self._party(data):
            try:
                with self.connection.transaction():
                    n = call(self.connection, verb, party.load, party.token)
            except errors.Error as error:
                assert error.sqlstate == refusal, error  # noqa: PT017
            else:
                assert n == sum(party.rows.values())
                if verb == "publish":
                    self.published |= party.rows


def test_any_history_of_loads_has_each_dataset_once(scratch_connection: Connection[Any]) -> None:
    run_state_machine_as_test(
        lambda: LoadHistories(scratch_connection),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
