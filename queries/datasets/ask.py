"""Answers to searches for datasets: the statement on the public views, and its rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from queries.datasets.compile import Compiler
from queries.datasets.errors import BadSearch, suggest
from queries.datasets.parse import parse
from queries.datasets.search import Search
from queries.datasets.values import Values
from queries.readonly import Answer, Limits, session
from schema.settings import Settings

Only = Literal["dataset_id", "uid"]
Answering = Callable[[str, Sequence[Any], int], Answer]

# What conditions may name, by kind. Parameters of configurations are taken apart down to values.
VOCABULARY = {
    "instrument": "select instrument from instrument",
    "dataset type": "select dataset_type from dataset_type",
    "task": "select task from task_version",
    "metric": "select metric from metric",
    "specification": "select specification from specification",
    "collection": "select collection from collection",
    "run": "select collection from collection where kind = 'run'",
    "parameter": """
with recursive leaf (path, value) as (
  select p.key, p.value from configuration c, jsonb_each(c.config) p
  union
  select concat_ws('.', l.path, p.key), p.value from leaf l, jsonb_each(l.value) p
  where jsonb_typeof(l.value) = 'object'
)
select path from leaf""",
}
MARKS = ("bad", "suspect", "superseded")

# The order in which collections are searched, and which of them hold calibrations.
ORDER = """
select coalesce(array_agg(c.collection_id order by f.place), '{}'), coalesce(bool_or(c.kind = 'calibration'), false)
from registry.flatten(
  array(select c.collection_id from unnest($1::text[]) with ordinality x (name, place)
        join collection c on c.collection = x.name order by x.place), $2::timestamptz) f
join collection c using (collection_id)"""

COLUMNS = """d.dataset_id, d.uid, d.dataset_type, d.instrument, d.exposure, d.visit, d.detector, d.band, d.tract,
       d.patch, d.healpix, d.task, d.n_rows, d.created_at"""
# A member counts unless a collection that is searched before has one of its type and data ID, whatever the condition
# says of that one. A calibration is hidden by one that holds whenever it does.
HELD = """exists (
  select from tenure t where t.dataset_id = d.dataset_id and t.collection_id = any({keys}) and {t_now}{shadow})"""
SHADOW = """ and not exists (
    select from tenure e where e.collection_id = any({keys}) and e.dataset_type_id = t.dataset_type_id
      and e.coordinate_id = t.coordinate_id and {e_now} and {e_hides}
      and array_position({keys}, e.collection_id) < array_position({keys}, t.collection_id))"""
WHICH = """(select c.collection from tenure t join collection c using (collection_id)
        where t.dataset_id = d.dataset_id and t.collection_id = any({keys}) and {t_now}
        order by array_position({keys}, t.collection_id) limit 1)"""


def ask(search: Search, using: Settings, limits: Limits, order: Sequence[str] = (), only: Only | None = None) -> Answer:
    """Answer a question as a reader.

    Parameters
    ----------
    order
        Fields to sort by, `-` before one turns its order round; by key when empty.
    only
        Give this column alone: all columns take half a kilobyte of a dataset and more.

    Raises
    ------
    BadExpression, BadSearch
        Raised if it names what there is not, or cannot be read.
    TimeLimit
        Raised if it takes too long.
    """
    with session(using, limits) as answer:
        return answer(*compose(search, answer, limits.rows, order, only), limits.rows)


def compose(
    search: Search, answer: Answering, rows: int, order: Sequence[str] = (), only: Only | None = None
) -> tuple[str, list[Any]]:
    """Give the statement on the public views that answers a question with so many rows, and its parameters."""
    vocabulary = Vocabulary(answer)
    _refuse_unknown(search, vocabulary)
    keys, calibrations = _order(search.collections, search.at, answer)
    values = Values(search.where or "", search.bind)
    compiler = Compiler(values, vocabulary)
    conditions = [compiler.condition(parse(search.where))] if search.where is not None else []
    if search.dataset_types:
        conditions.append(f"d.dataset_type = any({values.parameter(list(search.dataset_types), 'text[]')})")
    which = "null::text"
    if search.collections:
        parts = _parts(search, values, keys, calibrations)
        conditions.append(HELD.format(**parts))
        which = WHICH.format(**parts)
    given = f"d.{only}" if only else f"{COLUMNS}, {which} as collection"
    conditions += _exclusions(search, values, vocabulary, answer)
    by = ", ".join([*map(compiler.order, order), "d.dataset_id"])
    limit = values.parameter(rows + 1, "int8")
    # The name of the collection is looked up for what is given, not for all that was found.
    return (
        f"select {given} from (select d.* from dataset d "  # noqa: S608
        f"where {' and '.join(conditions) or 'true'} order by {by} limit {limit}) d order by {by}",
        values.parameters,
    )


class Vocabulary(dict[str, set[str]]):
    """The names that conditions may use, by kind; a kind is read when it is first named."""

    def __init__(self, answer: Answering) -> None:
        super().__init__(mark=set(MARKS))
        self.answer = answer

    def __missing__(self, kind: str) -> set[str]:
        """Read the names of a kind."""
        ((names,),) = self.answer(f"select array({VOCABULARY[kind]})", (), 1).rows
        self[kind] = set(names)
        return self[kind]


def _refuse_unknown(search: Search, vocabulary: Mapping[str, set[str]]) -> None:
    """Refuse dataset types and collections that there are not."""
    asked = [("dataset type", search.dataset_types), ("collection", search.collections)]
    for kind, names in asked:
        for name in names:
            if name not in vocabulary[kind]:
                raise BadSearch(f"there is {suggest(kind, name, vocabulary[kind])}")


def _order(names: Sequence[str], at: datetime | None, answer: Answering) -> tuple[list[int], bool]:
    """Give the keys of the collections that are searched, and whether one of them holds calibrations."""
    if not names:
        return [], False
    ((keys, calibrations),) = answer(ORDER, [list(names), at or "infinity"], 1).rows
    return keys, calibrations


def _parts(search: Search, values: Values, keys: Sequence[int], calibrations: bool) -> dict[str, str]:
    """Give what the templates of membership need."""
    parts = {"keys": values.parameter(list(keys), "int4[]")}
    holds = "{0}.valid @> " + values.parameter(search.valid_at, "int8") if search.valid_at is not None else ""
    when = values.parameter(search.at, "timestamptz") if search.at else ""
    for alias in "te":
        # Without calibrations the planner drops their half of the view.
        also = [] if calibrations else [f"{alias}.how <> 'certified'"]
        past = f"{alias}.since <= {when} and {when} < {alias}.until"
        now = past if search.at else f"{alias}.until = 'infinity'"
        parts[f"{alias}_now"] = " and ".join([now, *also, *([holds.format(alias)] if holds else [])])
    parts["e_hides"] = "true" if holds or not calibrations else "e.valid @> t.valid"
    parts["shadow"] = "" if search.every or len(keys) < 2 else SHADOW.format(**parts)
    return parts


def _exclusions(search: Search, values: Values, vocabulary: Mapping[str, set[str]], answer: Answering) -> Iterator[str]:
    """Give the conditions that leave out datasets and collections."""
    names = [name for name in search.without if name in vocabulary["collection"]]
    uids: list[str] = []
    keys: list[int] = []
    for one in search.without:
        if one not in names:
            _sort(one, uids, keys)
    if uids:
        yield f"d.uid <> all({values.parameter(uids, 'uuid[]')})"
    if keys:
        yield f"d.dataset_id <> all({values.parameter(keys, 'int8[]')})"
    if names:
        found, _ = _order(names, search.at, answer)
        when = values.parameter(search.at or "infinity", "timestamptz")
        held = f"t.since <= {when} and (t.until = 'infinity' or {when} < t.until)"
        inside = f"t.dataset_id = d.dataset_id and t.collection_id = any({values.parameter(found, 'int4[]')})"
        yield f"not exists (select from tenure t where {inside} and {held})"


def _sort(one: str, uids: list[str], keys: list[int]) -> None:
    """Take what is to be left out for a uid or a key."""
    try:
        if one.isdigit():
            keys.append(int(one))
        else:
            uids.append(str(UUID(one)))
    except ValueError:
        raise BadSearch(f"{one!r} cannot be left out: it is neither a collection nor a dataset's uid or key") from None
