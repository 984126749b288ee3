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
  and not exists (select from ingest.load l where l.staged = c.relname and l.state in ('published', 'retiring'))""",
    "published and not attached": """
select l.load_id from ingest.load l where l.state = 'published' and l.target = 'source' and not exists (
  select from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relname = l.staged)""",
    "staged and forgotten": """
select c.relname from pg_class c
where c.relnamespace = 'catalog_part'::regnamespace and c.relkind = 'r'
  and not exists (select from ingest.load l where l.staged = c.relname)""",
}


# A table's partition, while it is one.
ATTACHED = """
select c.relname from ingest.load l join pg_class c on c.relname = l.staged join pg_inherits i on i.inhrelid = c.oid
where l.load_id = %s"""

# What nobody else can load: it is in the table, or has not quite left it.
HELD = """
select f.dataset_id from ingest.load_file f join ingest.load l using (load_id)
where f.live and l.state in ('published', 'retiring')"""


class Death(Exception):
    """A party dies in the middle of its transaction."""


class Party:
    """Somebody in the middle of a load, who may be overtaken at any step."""

    def __init__(self, load: int, token: int, rows: dict[int, int]) -> None:
        self.load, self.token, self.rows = load, token, rows


class LoadHistories(RuleBasedStateMachine):
    """Parties that open, merge and retire overlapping loads, and go on with them in any order."""

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
        self.connection.execute("update ingest.load set state = 'retired', retired_at = now()")
        self.datasets = [dataset for n in SIZES for dataset in add_datasets(self.connection, n)]
        for number in (0, 1):  # so that there is something to merge and to retire
            self.open({number}, whole=True)

    @rule(chosen=CHOICES, whole=st.booleans())
    def open(self, chosen: set[int], whole: bool) -> None:
        """Open a load, if none of its datasets is in the table by another; go all the way or not."""
        rows = {self.datasets[number]: SIZES[number] for number in sorted(chosen)}
        self.token += 1
        try:
            with self.connection.transaction():
                load, _ = open_load(self.connection, list(rows))
        except errors.UniqueViolation:
            assert not rows.keys().isdisjoint(self._held())
        except errors.Error as error:
            assert error.sqlstate == "P0I03", error  # noqa: PT017
            assert rows.keys() <= self._held()  # they are leaving
        else:
            self.parties.append(Party(load, self.token, rows))
            if whole:
                self._go_all_the_way(self.parties[-1])

    @rule(data=st.data(), whole=st.booleans())
    def merge(self, data: st.DataObject, whole: bool) -> None:
        """Open a load that is to take the place of others, two or more that are published; go all the way or not."""
        known = sorted({party.load for party in self.parties})
        published = {load for load in known if self._state(load) == "published"}
        chosen = data.draw(st.just(published) | st.sets(st.sampled_from(known)))
        good = len(chosen) > 1 and all(self._state(load) == "published" for load in chosen)
        self.token += 1
        try:
            with self.connection.transaction():
                merged = self.connection.execute(
                    "select ingest.open_merge(%s, sha256(''))", [sorted(chosen)]
                ).fetchall()[0][0]
        except errors.Error as error:
            assert (error.sqlstate, good) == ("P0I09", False), error  # noqa: PT017
        else:
            assert good
            self.parties.append(Party(merged, self.token, self._rows(*chosen)))
            if whole:
                self._go_all_the_way(self.parties[-1])

    @rule(data=st.data())
    def begin_retire(self, data: st.DataObject) -> None:
        if party := self._party(data):
            before = self._state(party.load)
            try:
                with self.connection.transaction():
                    self.connection.execute("select * from ingest.begin_retire(%s)", [party.load])
            except errors.Error as error:
                assert (error.sqlstate, before) == ("P0I08", "open"), error  # noqa: PT017
            else:
                assert self._state(party.load) == ("retiring" if before == "published" else before)

    @rule(data=st.data())
    def detach(self, data: st.DataObject) -> None:
        """Take the partition of a load that retires out of the table; only now its rows are gone."""
        if (party := self._party(data)) and self._state(party.load) == "retiring":
            self._detach(party.load)

    @rule(data=st.data())
    def end_retire(self, data: st.DataObject) -> None:
        if party := self._party(data):
            before, attached = self._state(party.load), self._attached(party.load)
            try:
                with self.connection.transaction():
                    self.connection.execute("select ingest.end_retire(%s)", [party.load])
            except errors.Error as error:
                assert error.sqlstate == "P0I08", error  # noqa: PT017
                assert before in ("open", "published") or attached
            else:
                assert before in ("retiring", "retired")
                assert attached is None

    @rule(data=st.data(), cut=st.booleans())
    def stage(self, data: st.DataObject, cut: bool) -> None:
        """Stage, and sometimes die in the middle of it."""
        if party := self._party(data):
            self._stage(party, cut)

    @rule(data=st.data())
    def verify(self, data: st.DataObject) -> None:
        if party := self._party(data):
            self._advance(party, "verify", "P0I04")

    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        if party := self._party(data):
            self._advance(party, "publish", "P0I06")

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
        """End what was begun, and load what is missing, as one load, whoever left what behind."""
        retiring = self.connection.execute("select load_id from ingest.load where state = 'retiring'").fetchall()
        for (load,) in retiring:
            self._detach(load)
            self.connection.execute("select ingest.end_retire(%s)", [load])
        missing = {d: n for d, n in zip(self.datasets, SIZES, strict=True) if d not in self.published}
        if missing:
            load, _ = open_load(self.connection, list(missing))
            fill(self.connection, stage(self.connection, load, self.token + 1), load, missing)
            for verb in ("verify", "publish"):
                assert call(self.connection, verb, load, self.token + 1) == sum(missing.values())
        assert rows_of(self.connection) == dict(zip(self.datasets, SIZES, strict=True))

    def _detach(self, load: int) -> None:
        if part := self._attached(load):
            self.connection.execute(f"alter table catalog.source detach partition catalog_part.{part}".encode())
            for dataset in self._rows(load):
                del self.published[dataset]

    def _attached(self, load: int) -> str | None:
        """Give the partition of a load, while it is one."""
        row = self.connection.execute(ATTACHED, [load]).fetchone()
        return str(row[0]) if row else None

    def _state(self, load: int) -> str:
        return str(self.connection.execute("select state from ingest.load where load_id = %s", [load]).fetchall()[0][0])

    def _held(self) -> set[int]:
        return {row[0] for row in self.connection.execute(HELD)}

    def _rows(self, *loads: int) -> dict[int, int]:
        """Give the datasets of loads, and their rows."""
        found = "select dataset_id, n_rows from ingest.load_file where load_id = any(%s)"
        return dict(self.connection.execute(found, [list(loads)]).fetchall())

    def _party(self, data: st.DataObject) -> Party | None:
        return data.draw(st.sampled_from(self.parties)) if self.parties else None

    def _go_all_the_way(self, party: Party) -> None:
        self._stage(party, cut=False)
        self._advance(party, "verify", "P0I04")
        self._advance(party, "publish", "P0I06")

    def _stage(self, party: Party, cut: bool) -> None:
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

    def _advance(self, party: Party, verb: str, refusal: str) -> None:
        """Go a step further: with all rows of the manifest, or refused."""
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
