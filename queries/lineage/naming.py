"""Names of datasets: a key, a uid or its beginning, or a type with a data ID."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection, sql

from queries.errors import WrongCall
from schema.dimensions import DIMENSIONS
from schema.errors import SkyledgerError

HEX = re.compile(r"[0-9a-f]{1,32}")
SHORTEST = 4  # digits of the beginning of a uid
MOST_NAMED = 5  # candidates that an error lists

# What a collection gives: its members and calibrations, in a chain what no earlier collection of it hides.
HELD = sql.SQL("""
  with searched as materialized (
    select f.* from registry.flatten(
      array(select c.collection_id from collection c where c.collection = %(collection)s)) f
  )
  select t.dataset_id from searched s join tenure t using (collection_id)
  where t.until = 'infinity' and not exists (
    select from searched e join tenure h using (collection_id)
    where e.place < s.place and h.until = 'infinity' and h.dataset_type_id = t.dataset_type_id
      and h.coordinate_id = t.coordinate_id and h.valid && t.valid)""")


class NoSuchDataset(SkyledgerError):
    """A name that fits no dataset, or several."""

    def __init__(self, name: str, problem: str) -> None:
        self.name, self.problem = name, problem
        super().__init__(f"{name}: {problem}")


class NoSuchCollection(SkyledgerError):
    """A collection that holds nothing, or that there is not."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no collection {name!r} holds anything: the view member lists them")


@dataclass(frozen=True)
class Named:
    """What a user wrote: a key or uid alone, or a dataset type with a data ID."""

    word: str
    data_id: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.word, *(f"{name}={value}" for name, value in self.data_id.items())])


def read_names(words: Sequence[str]) -> list[Named]:
    """Read words such as `calexp instrument=HSC visit=1 4711`: each word without `=` begins a name.

    Raises
    ------
    WrongCall
        Raised if a data ID comes before any name, or names something that is no dimension.
    """
    found: list[tuple[str, dict[str, str]]] = []
    for word in words:
        dimension, equals, value = word.partition("=")
        if not equals:
            found.append((word, {}))
            continue
        if not found:
            raise WrongCall(f"{word} stands before any dataset type: write TYPE {word}")
        if dimension not in DIMENSIONS:
            raise WrongCall(f"{dimension!r} is no dimension of a data ID; there are {', '.join(DIMENSIONS)}")
        found[-1][1][dimension] = value
    return [Named(word, data_id) for word, data_id in found]


def find_datasets(connection: Connection[Any], words: Sequence[str], collection: str | None = None) -> list[int]:
    """Give the datasets that words name, in their order; see `find_dataset`."""
    return [find_dataset(connection, name, collection) for name in read_names(words)]


def find_dataset(connection: Connection[Any], name: Named, collection: str | None = None) -> int:
    """Give the one dataset that a name means.

    Digits alone are a key, as in the view `dataset`; the beginning of a uid that has no letter needs one more digit.

    Raises
    ------
    NoSuchDataset
        Raised if there is none or several.
    """
    rows = list(candidates(connection, name, collection))
    if not rows:
        elsewhere = list(candidates(connection, name, None)) if collection else []
        raise NoSuchDataset(str(name), _missing(name, collection, elsewhere))
    if len(rows) > 1:
        listed = _listed(rows)
        raise NoSuchDataset(str(name), f"several datasets fit; name one by its key, or its --collection: {listed}")
    return rows[0][0]


def candidates(
    connection: Connection[Any], name: Named, collection: str | None, most: int | None = MOST_NAMED + 1
) -> Iterator[tuple[int, str]]:
    """Give the datasets that a name may mean, each with the collections that it is in, the oldest first.

    Parameters
    ----------
    most
        So many are given at most; all when None.
    """
    where, values = _condition(connection, name)
    if collection is not None:
        of = sql.SQL("dataset_id in ({})").format(HELD)
        where = sql.SQL(" and ").join([where, of])
    question = sql.SQL("""
        select d.dataset_id, (
          select string_agg(distinct c.collection, ', ' order by c.collection)
          from tenure t join collection c using (collection_id)
          where t.dataset_id = d.dataset_id and t.until = 'infinity')
        from dataset d where {} order by 1 limit %(most)s::int8""").format(where)
    yield from connection.execute(question, values | {"collection": collection, "most": most})


def refuse_unknown(connection: Connection[Any], collection: str) -> None:
    """Refuse the name of a collection that holds nothing.

    Raises
    ------
    NoSuchCollection
        Raised if nothing is in it.
    """
    question = sql.SQL("select exists ({})").format(HELD)
    if not connection.execute(question, {"collection": collection}).fetchall()[0][0]:
        raise NoSuchCollection(collection)


def _condition(connection: Connection[Any], name: Named) -> tuple[sql.Composable, dict[str, Any]]:
    """Give the condition on the view `dataset`, and its values."""
    digits = name.word.lower().replace("-", "")
    if name.data_id:
        return _by_data_id(connection, name)
    if name.word.isdecimal() and len(name.word) < 19:
        return sql.SQL("dataset_id = %(key)s"), {"key": int(name.word)}
    if HEX.fullmatch(digits) and len(digits) >= SHORTEST:
        ends = {"first": digits.ljust(32, "0"), "last": digits.ljust(32, "f")}
        return sql.SQL("uid between %(first)s::uuid and %(last)s::uuid"), ends
    return sql.SQL("dataset_type = %(word)s"), {"word": name.word}


def _by_data_id(connection: Connection[Any], name: Named) -> tuple[sql.Composable, dict[str, Any]]:
    """Give the condition for a type and a data ID; numbers are compared as numbers."""
    columns = {
        column.name: column.type_code
        for column in connection.execute("select * from dataset limit 0").description or ()
    }
    parts: list[sql.Composable] = [sql.SQL("dataset_type = %(word)s")]
    values: dict[str, Any] = {"word": name.word}
    for dimension, value in name.data_id.items():
        if dimension not in columns:
            raise NoSuchDataset(str(name), f"the view dataset has no {dimension}")
        is_text = columns[dimension] == connection.adapters.types["text"].oid
        if not is_text and not value.lstrip("-").isdecimal():
            raise NoSuchDataset(str(name), f"{dimension} is a whole number, not {value!r}")
        parts.append(sql.SQL("{} = {}").format(sql.Identifier(dimension), sql.Placeholder(f"of_{dimension}")))
        values[f"of_{dimension}"] = value if is_text else int(value)
    return sql.SQL(" and ").join(parts), values


def _listed(rows: Sequence[tuple[int, str]]) -> str:
    """Name some candidates, each with its collections."""
    return ", ".join(f"{key} ({where or 'in no collection'})" for key, where in rows[:MOST_NAMED])


def _missing(name: Named, collection: str | None, elsewhere: Sequence[tuple[int, str]]) -> str:
    place = f"in {collection}" if collection else "in this ledger"
    if elsewhere:
        return f"no such dataset is {place}; elsewhere there is {_listed(elsewhere)}"
    return f"no such dataset is {place}" + ("; `skyledger why` says what keeps it" if name.data_id else "")
