"""Distributions of columns: histograms, commonest values, one number over another."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from queries.web import links
from queries.web.asked import Asked
from queries.web.charts import Option, axis, point, scatter, upward
from queries.web.composed import GRID, Number, Rows, Span, density, ends, free, histogram, points, values
from queries.web.desk import Desk
from queries.web.parts import Figure, figure
from queries.web.sky_map import tint

NUMBERS = ("smallint", "integer", "bigint", "real", "double precision", "numeric")
FEW = 3000  # rows that are drawn one by one
NO_NUMBERS = "No row that fits has a number here: choose another column, or take other filters."
NO_ROWS = "No row fits: take other filters, or fill the catalog with `skyledger run single_frame`."


@dataclass(frozen=True)
class Field:
    """A column of a view."""

    name: str
    type: str
    unit: str | None
    ucd: str
    description: str

    @property
    def numeric(self) -> bool:
        """Whether it can stand on an axis."""
        return self.type in NUMBERS


@dataclass(frozen=True)
class Choice:
    """What of a catalog is drawn."""

    column: str
    x: str
    y: str
    logarithmic: tuple[bool, bool, bool]  # of column, x and y


@dataclass(frozen=True)
class Source:
    """Rows that are drawn: what asks for them, and how many there are."""

    desk: Desk
    rows: Rows
    total: int


def plots(source: Source, fields: Mapping[str, Field], chosen: Choice) -> tuple[Figure, Figure | None]:
    """Draw the distribution of a column, and one number over another if two are chosen."""
    names = (chosen.column, chosen.x, chosen.y)
    numbers = [
        Number(name, log) if name and fields[name].numeric else None
        for name, log in zip(names, chosen.logarithmic, strict=True)
    ]
    spans = _spans(source, [number for number in numbers if number])
    column, x, y = numbers
    first = _histogram(source, fields, column, spans) if column else _values(source, fields[chosen.column])
    return first, _relation(source, fields, x, y, spans) if x and y else None


def _spans(source: Source, numbers: Sequence[Number]) -> dict[Number, Span]:
    """Give the ends of the axes; numbers of which nothing is known have none."""
    if not numbers:
        return {}
    asked = free(source.desk, "The central 99 % of some columns.", ends(source.rows, numbers, source.total))
    found = zip(numbers, asked.answer.rows[0], strict=True)
    return {number: (low, high if high > low else low + 1.0) for number, (low, high) in ((n, e) for n, e in found if e)}


def _values(source: Source, field: Field) -> Figure:
    asked = free(source.desk, f"The commonest values of {field.name}.", values(source.rows, field.name))
    option = _bars([(str(row["value"]), row["n_rows"]) for row in asked.rows], axis(field.name, kind="category"))
    return figure(asked, f"Values of {field.name}", field.description, option, empty=NO_ROWS)


def _histogram(source: Source, fields: Mapping[str, Field], number: Number, spans: Mapping[Number, Span]) -> Figure:
    field = fields[number.column]
    statement = histogram(source.rows, number, spans.get(number, (0.0, 1.0)))
    asked = free(source.desk, f"Histogram of {field.name}, its central 99 %.", statement)
    bars = [(f"{(row['bin_from'] + row['bin_to']) / 2:.5g}", row["n_rows"]) for row in asked.rows]
    option = _bars(bars, axis(*_axis_name(field, number), "category")) if number in spans else {}
    said = f"{field.description} The central 99 % of the values."
    return figure(asked, f"Histogram of {field.name}", said, option, empty=NO_NUMBERS if source.total else NO_ROWS)


def _bars(bars: list[tuple[str, int]], across: Option) -> Option:
    return {
        "xAxis": {**across, "data": [name for name, _ in bars]},
        "yAxis": upward("Rows", min=0),
        "series": [{"type": "bar", "name": "rows", "barCategoryGap": "5%", "data": [n for _, n in bars]}],
    }


def _relation(
    source: Source, fields: Mapping[str, Field], x: Number, y: Number, spans: Mapping[Number, Span]
) -> Figure:
    """Draw one number over another: point by point, or counted in a grid when there are many."""
    across, up = _axis_name(fields[x.column], x), _axis_name(fields[y.column], y)
    if source.total > FEW and x in spans and y in spans:
        sentence = f"Rows by {x.column} and {y.column}, the central 99 % of each."
        asked = free(source.desk, sentence, density(source.rows, x, y, (spans[x], spans[y])))
        option = _heatmap(asked, (spans[x], spans[y]), across, up)
        grid = f"{GRID[0]} \N{MULTIPLICATION SIGN} {GRID[1]}"
        said = f"{source.total:,} rows in {grid} bins: brighter is more (logarithmic)."
        return figure(asked, f"{y.column} over {x.column}", said, option, empty=NO_ROWS, tall=True)
    key = "dataset_id" if "dataset_id" in fields else None
    asked = free(source.desk, f"{y.column} over {x.column}.", points(source.rows, x, y, key))
    drawn = [
        point(row["x"], row["y"], "", links.dataset(row) if key and row[key] is not None else None)
        for row in asked.rows
        if row["x"] is not None and row["y"] is not None
    ]
    said = "One point per row; a click opens the dataset that it is in." if key else "One point per row."
    option = scatter({y.column: drawn}, axis(*across), upward(*up))
    return figure(asked, f"{y.column} over {x.column}", said, option, empty=NO_ROWS, tall=True)


def _heatmap(
    asked: Asked, spans: tuple[Span, Span], across: tuple[str, str | None], up: tuple[str, str | None]
) -> Option:
    """Draw counts in a grid; the axes are those of the bins' middles."""
    data = [[row["column_number"] - 1, row["row_number"] - 1, math.log10(row["n_rows"])] for row in asked.rows]
    middles = [
        [f"{low + (i + 0.5) * (high - low) / n:.{_digits(high - low)}f}" for i in range(n)]
        for (low, high), n in zip(spans, GRID, strict=True)
    ]
    colours = [tint(step / 8, 0.0, 1.0) for step in range(9)]
    return {
        "xAxis": {**axis(*across, "category"), "data": middles[0]},
        "yAxis": {**upward(*up, "category"), "data": middles[1]},
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max((value for *_, value in data), default=1),
            "inRange": {"color": colours},
        },
        "series": [{"type": "heatmap", "name": "log10 of rows", "data": data}],
    }


def _digits(span: float) -> int:
    """Give the decimals that tell the bins of an axis apart."""
    return max(0, math.ceil(2 - math.log10(span)))


def _axis_name(field: Field, number: Number) -> tuple[str, str | None]:
    return (f"log10({field.name})" if number.logarithmic else field.name), field.unit
