"""Statements that a page composes from the names of columns: counts, histograms, densities."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from queries.named import Query
from queries.web.asked import Asked
from queries.web.desk import Desk

BINS = 60  # of a histogram
GRID = (90, 60)  # bins of a density across and up
SAMPLE = 50_000  # rows that the ends of a plot are taken from
MOST = 30  # values of a text that are counted
Span = tuple[float, float]
CENTRAL = (0.005, 0.995)  # quantiles at the ends of a plot: a few wild values would squeeze all others into one bin


@dataclass(frozen=True)
class Free(Asked):
    """A statement that has no name; the console knows it as it is."""

    @property
    def command(self) -> str:
        """The same question on the command line."""
        return shlex.join(["skyledger", "sql", self.sql])

    def download(self, form: str) -> str:
        """Give the address of the rows as `csv` or `parquet`."""
        return f"/console.{form}?{urlencode({'sql': self.sql})}"


@dataclass(frozen=True)
class Number:
    """A column that stands on an axis, or the decimal logarithm of what is positive in it."""

    column: str
    logarithmic: bool

    @property
    def sql(self) -> Composed:
        """The expression."""
        plain = SQL("{}::float8").format(Identifier(self.column))
        if not self.logarithmic:
            return plain
        return SQL("case when {n} > 0 and {n} < 'infinity' then log({n}) end").format(n=plain)


@dataclass(frozen=True)
class Rows:
    """Rows of a view, those with given values in some columns.

    `key` is an integer column by which a sample may be drawn, where there is one; `run` leaves the rows of the datasets
    of a run alone, in a view that has `dataset_id`.
    """

    view: str
    where: dict[str, str]
    key: str | None = None
    run: str = ""

    def select(self, expressions: Composable, one_in: int = 1) -> Composed:
        """Give the statement for expressions of these rows, or of one in so many, the same ones each time."""
        conditions = [
            SQL("{}::text = {}").format(Identifier(name), Literal(value)) for name, value in self.where.items()
        ]
        if self.run:
            members = SQL("(select dataset_id from member where collection = {})").format(Literal(self.run))
            conditions.append(SQL("dataset_id in ") + members)
        if self.key and one_in > 1:
            conditions.append(SQL("hashint8({}::int8) % {} = 0").format(Identifier(self.key), Literal(one_in)))
        chosen = SQL(" where ") + SQL(" and ").join(conditions) if conditions else SQL("")
        return SQL("select {} from {}{}").format(expressions, Identifier(self.view), chosen)


def free(desk: Desk, sentence: str, statement: Composable) -> Free:
    """Answer a composed statement, under the rules for statements of users."""
    text = statement.as_string(None)
    return Free(Query("statement", sentence, (), text, ()), {}, [], desk.answer_user(text))


def counts(rows: Rows, by: str | None) -> Composed:
    """Count rows, by a column if there is one."""
    if by is None:
        return rows.select(SQL("count(*) as n_rows"))
    name = Identifier(by)
    return rows.select(SQL("{}, count(*) as n_rows").format(name)) + SQL(" group by 1 order by 2 desc, 1")


def values(rows: Rows, column: str) -> Composed:
    """Count the commonest values of a column."""
    chosen = rows.select(SQL("{}::text as value").format(Identifier(column)))
    return SQL("select value, count(*) as n_rows from ({}) v group by 1 order by 2 desc, 1 limit {}").format(
        chosen, Literal(MOST)
    )


def ends(rows: Rows, numbers: Sequence[Number], total: int) -> Composed:
    """Give the ends of the central 99 % of numbers, as columns `ends_1` and so on; about `total` rows are sampled."""
    finite = "filter (where {n} < 'infinity' and {n} > '-infinity') as {name}"
    chosen = [
        SQL("percentile_cont(array[{}, {}]) within group (order by {n}) " + finite).format(
            *map(Literal, CENTRAL), n=number.sql, name=Identifier(f"ends_{place}")
        )
        for place, number in enumerate(numbers, start=1)
    ]
    return rows.select(SQL(", ").join(chosen), max(1, total // SAMPLE))


def histogram(rows: Rows, number: Number, span: Span) -> Composed:
    """Count rows by bins of a number."""
    return SQL(
        """with v as (select least(width_bucket(x, {low}, {high}, {bins}), {bins}) as number, count(*) as n
           from ({chosen}) a where x between {low} and {high} group by 1)
select {low} + (g.number - 1) * {width} as bin_from, {low} + g.number * {width} as bin_to, coalesce(v.n, 0) as n_rows
from generate_series(1, {bins}) as g (number) left join v using (number)
order by g.number"""
    ).format(
        chosen=rows.select(SQL("{} as x").format(number.sql)),
        low=Literal(span[0]),
        high=Literal(span[1]),
        width=Literal((span[1] - span[0]) / BINS),
        bins=Literal(BINS),
    )


def points(rows: Rows, x: Number, y: Number, key: str | None) -> Composed:
    """Give two numbers of each row, and the column that leads to its dataset if there is one."""
    more = SQL(", {}").format(Identifier(key)) if key else SQL("")
    return rows.select(SQL("{} as x, {} as y{}").format(x.sql, y.sql, more))


def density(rows: Rows, x: Number, y: Number, spans: tuple[Span, Span]) -> Composed:
    """Count rows by bins of two numbers; bins without rows are left out."""
    (x0, x1), (y0, y1) = spans
    return SQL(
        """with v as (select least(width_bucket(x, {x0}, {x1}, {across}), {across}) as column_number,
                  least(width_bucket(y, {y0}, {y1}, {up}), {up}) as row_number, count(*) as n_rows
           from ({chosen}) a where x between {x0} and {x1} and y between {y0} and {y1} group by 1, 2)
select column_number, row_number, {x0} + (column_number - 0.5) * {width} as x,
       {y0} + (row_number - 0.5) * {height} as y, n_rows
from v order by 1, 2"""
    ).format(
        chosen=rows.select(SQL("{} as x, {} as y").format(x.sql, y.sql)),
        across=Literal(GRID[0]),
        up=Literal(GRID[1]),
        **{name: Literal(value) for name, value in (("x0", x0), ("x1", x1), ("y0", y0), ("y1", y1))},
        width=Literal((x1 - x0) / GRID[0]),
        height=Literal((y1 - y0) / GRID[1]),
    )
