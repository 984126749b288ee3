"""The lineage of a dataset as a layered drawing, from left to right."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from statistics import fmean
from typing import Any

from queries.web.lineage_shown import Shown
from schema.dimensions import spoken

FOLD = 4  # datasets of one type and task side by side that are still drawn one by one
MOST = 60  # the same of what somebody unfolded
WIDTH, HEIGHT = 240, 46  # of a box [px]; lineage.html cuts its words to fit
GAP_X, GAP_Y = 60, 16  # between boxes [px]
MARGIN = 20
TIMES = "\N{MULTIPLICATION SIGN}"
LABELS = {"detector": "detector", "tract": "tract", "patch": "patch", "healpix": "cell"}  # before numbers
SWEEPS = 4  # of the ordering; more change nothing in graphs that one can read

Row = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Box:
    """Datasets of one type in one layer; `x`, `y` is the upper left corner [px]."""

    x: float
    y: float
    title: str
    subtitle: str
    dataset_id: int | None  # None for several
    center: bool
    taint: str = ""  # the worst verdict that holds for one of them; empty for none
    marked: bool = False  # whether the mark is on one of them, and not on something that it was made from
    unfold: str | None = None  # where several are drawn one by one
    open: str | None = None  # where what it hangs on is drawn, too
    ends: tuple[float, ...] = ()  # on which side of the box that is to be seen: left, right [px]

    @property
    def link(self) -> str | None:
        """Address of the page of the dataset."""
        return None if self.dataset_id is None or self.center else f"/dataset/{self.dataset_id}"

    @property
    def classes(self) -> str:
        """Classes of page.css."""
        found = {"center": self.center, "several": self.dataset_id is None, "marked": self.marked}
        return " ".join(["box", *(name for name, holds in found.items() if holds), *self.taint.split()])


@dataclass(frozen=True)
class Graph:
    """Boxes, and the paths of the arrows between them in SVG's words; sizes in px."""

    width: float
    height: float
    boxes: list[Box]
    arrows: list[str]
    box: tuple[int, int] = (WIDTH, HEIGHT)


def draw(rows: Sequence[Row], shown: Shown | None = None) -> Graph:
    """Lay out the rows of the query `lineage_graph`; the dataset that was asked for has side 0.

    Parameters
    ----------
    shown
        What somebody opened and unfolded; where it is None, nothing leads to more.
    """
    rows = sided(rows)
    layer = layers(rows)
    groups = fold(rows, layer, shown.unfolded if shown else ())
    place = {row["dataset_id"]: key for key, members in groups.items() for row in members}
    edges = {(place[source], place[row["dataset_id"]]) for row in rows for source in row["inputs"] if source in place}
    columns = ordered(groups, edges)
    tallest = max(len(column) for column in columns.values())
    corners: dict[Key, tuple[float, float]] = {}
    for number, column in enumerate(columns[at] for at in sorted(columns)):
        top = MARGIN + (tallest - len(column)) * (HEIGHT + GAP_Y) / 2
        for place_in, key in enumerate(column):
            corners[key] = (MARGIN + number * (WIDTH + GAP_X), top + place_in * (HEIGHT + GAP_Y))
    hidden = _hidden(rows)
    return Graph(
        2 * MARGIN + len(columns) * (WIDTH + GAP_X) - GAP_X,
        2 * MARGIN + tallest * (HEIGHT + GAP_Y) - GAP_Y,
        [_box(groups[key], *corner, shown, hidden) for key, corner in corners.items()],
        [_arrow(corners[source], corners[target]) for source, target in sorted(edges, key=repr)],
    )


def sided(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the rows with the side that they are drawn on: -1 for all that the dataset was made from, else 1.

    What somebody opened may be neither; it is drawn among what was made.
    """
    inputs = {row["dataset_id"]: row["inputs"] for row in rows}
    center = next(row["dataset_id"] for row in rows if row["side"] == 0)
    back: set[int] = set()
    todo = [center]
    while todo:
        fresh = {source for source in inputs[todo.pop()] if source in inputs} - back
        back |= fresh
        todo += fresh
    return [{**row, "side": 0 if row["side"] == 0 else -1 if row["dataset_id"] in back else 1} for row in rows]


def layers(rows: Iterable[Row]) -> dict[int, int]:
    """Give the layer of each dataset: 0 for the one asked for, negative upstream, so that all arrows run right."""
    side = {row["dataset_id"]: row["side"] for row in rows}
    inputs = {row["dataset_id"]: [source for source in row["inputs"] if source in side] for row in rows}
    order = list(TopologicalSorter(inputs).static_order())
    layer = dict.fromkeys(order, 0)
    for dataset in order:
        if side[dataset] > 0:
            layer[dataset] = 1 + max((layer[source] for source in inputs[dataset] if side[source] >= 0), default=0)
    for dataset in reversed(order):
        if side[dataset] <= 0:
            for source in inputs[dataset]:
                layer[source] = min(layer[source], layer[dataset] - 1)
    return layer


def fold(rows: Iterable[Row], layer: Mapping[int, int], unfolded: Collection[str] = ()) -> dict[Key, list[Row]]:
    """Give the boxes: more than `FOLD` datasets of one type and task in one layer become one; the layer leads keys.

    Parameters
    ----------
    unfolded
        Names of those that somebody wants to see one by one, up to `MOST`; see `fold_name`.
    """
    alike: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        alike[(layer[row["dataset_id"]], row["dataset_type"], row["task"] or "", row["side"])].append(row)
    groups: dict[Key, list[Row]] = {}
    for key, members in alike.items():
        one_by_one = MOST if fold_name(members[0]) in unfolded else FOLD if len(members) <= FOLD else 0
        groups |= {(*key, row["dataset_id"]): [row] for row in members[:one_by_one]}
        if members[one_by_one:]:
            groups[key] = members[one_by_one:]
    return groups


def fold_name(row: Row) -> str:
    """Give the name under which datasets are unfolded: what they have in common, but for the layer, which may move."""
    return f"{row['side']}:{row['dataset_type']}:{row['task'] or ''}"


def ordered(groups: Mapping[Key, Any], edges: Iterable[tuple[Key, Key]]) -> dict[int, list[Key]]:
    """Give the boxes of each layer from top to bottom, near what they are linked with (barycenter sweeps)."""
    columns: dict[int, list[Key]] = defaultdict(list)
    near: dict[Key, list[Key]] = defaultdict(list)
    for key in sorted(groups, key=repr):
        columns[key[0]].append(key)
    for source, target in edges:
        near[source].append(target)
        near[target].append(source)
    for sweep in range(SWEEPS):
        height = {key: at - len(column) / 2 for column in columns.values() for at, key in enumerate(column)}
        for number in sorted(columns, reverse=sweep % 2 == 0):
            columns[number].sort(key=lambda key: fmean([height[other] for other in near[key]] or [height[key]]))
            height |= {key: at - len(columns[number]) / 2 for at, key in enumerate(columns[number])}
    return columns


def data_id(row: Row) -> str:
    """Give the data ID of a dataset as people read it; a file from outside has its name instead if it has none."""
    said = spoken(row)
    if "visit" in said:
        said.pop("exposure", None)
    words = [f"{LABELS[name]} {value}" if name in LABELS else str(value) for name, value in said.items()]
    return " ".join(words) or row["file_name"] or ""


def _hidden(rows: Sequence[Row]) -> dict[int, tuple[bool, bool]]:
    """Tell of each dataset whether some of its inputs, and some of what was made of it, are not drawn."""
    drawn = {row["dataset_id"] for row in rows}
    uses: dict[int, int] = defaultdict(int)
    for row in rows:
        for source in row["inputs"]:
            uses[source] += 1
    return {
        row["dataset_id"]: (not drawn.issuperset(row["inputs"]), row["n_uses"] > uses[row["dataset_id"]])
        for row in rows
    }


def _box(
    members: Sequence[Row], x: float, y: float, shown: Shown | None, hidden: Mapping[int, tuple[bool, bool]]
) -> Box:
    first = members[0]
    verdicts = " ".join(sorted({row["taint"] for row in members if row["taint"]})).split()
    taint = next((verdict for verdict in ("bad", "suspect", "superseded") if verdict in verdicts), "")
    marked = any(row["marked"] for row in members)
    if len(members) > 1:
        said = f"by {first['task']}" if first["task"] else "from outside"
        unfold = shown.unfolding(fold_name(first)) if shown and fold_name(first) not in shown.unfolded else None
        return Box(x, y, f"{len(members)} {TIMES} {first['dataset_type']}", said, None, False, taint, marked, unfold)
    dataset = first["dataset_id"]
    more = hidden[dataset] if shown and dataset not in shown.opened else (False, False)
    ends = tuple(end for end, is_there in zip((-6.0, WIDTH + 6.0), more, strict=True) if is_there)
    opening = shown.opening(dataset) if shown and ends else None
    center = first["side"] == 0
    return Box(x, y, first["dataset_type"], data_id(first), dataset, center, taint, marked, None, opening, ends)


def _arrow(source: tuple[float, float], target: tuple[float, float]) -> str:
    """Give a curve from the right edge of a box to the left edge of another."""
    x0, y0 = source[0] + WIDTH, source[1] + HEIGHT / 2
    x1, y1 = target[0], target[1] + HEIGHT / 2
    bend = (x1 - x0) / 2
    return f"M{x0:g},{y0:g} C{x0 + bend:g},{y0:g} {x1 - bend:g},{y1:g} {x1 - 5:g},{y1:g}"
