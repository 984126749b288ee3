"""The picture of the house: floors, rooms, and the imports between them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from docs.house import FACE, KINDS, House
from docs.svg import Box, arrow, document, legend, panel, room

WIDTH, HEIGHT = 1050, 960
PIXELS = "pipeline/pixels"  # stands apart, because it imports nothing of ours
# Heights within a floor, from its top: title, arcs between rooms, rooms, arrows, the folder's own modules [px].
TITLE, ARCS, ROOM, GAP, OWN = 32, 28, 84, 44, 44
FLOOR = TITLE + ARCS + ROOM + GAP + OWN + 12
FLOORS = {
    "pipeline": Box(70, 90, 570, FLOOR),
    "ingest": Box(70, 374, 478, FLOOR),
    "queries": Box(584, 374, 426, FLOOR),
    "schema": Box(70, 658, 800, FLOOR),
}
APART = {
    FACE: Box(400, 12, 240, 50),
    PIXELS: Box(770, 90 + TITLE + ARCS, 180, ROOM + GAP + OWN),
    "migrations": Box(900, 740, 110, 80),
}
# The ways on which one part may import another. What is found beside them is drawn red, straight through the house.
WAYS: dict[tuple[str, str], list[tuple[float, float]]] = {
    (FACE, "pipeline"): [(520, 62), (520, 90)],
    (FACE, "ingest"): [(400, 26), (46, 26), (46, 496), (70, 496)],
    (FACE, "schema"): [(400, 46), (22, 46), (22, 780), (70, 780)],
    (FACE, "queries"): [(640, 37), (1034, 37), (1034, 496), (1010, 496)],
    ("pipeline", "ingest"): [(285, 90 + FLOOR), (285, 374)],
    ("pipeline", "queries"): [(620, 90 + FLOOR), (620, 374)],
    ("pipeline", "schema"): [(566, 90 + FLOOR), (566, 658)],
    ("ingest", "schema"): [(285, 374 + FLOOR), (285, 658)],
    ("queries", "schema"): [(735, 374 + FLOOR), (735, 658)],
    ("migrations", "schema"): [(900, 780), (870, 780)],
}


def diagram(house: House) -> str:
    """Give the picture as SVG.

    Numbers are rounded and arrows have few widths, so that the picture changes when the house does, not with each line.
    """
    boxes = _boxes(house)
    parts: list[str] = []
    for folder, box in FLOORS.items():
        parts += panel(box, folder, house.captions.get(folder, ""))
    parts += _across(house)
    for name, box in boxes.items():
        title = "own modules" if name in FLOORS else name.rpartition("/")[2]
        parts += room(box, {FACE: f"{FACE}.py", PIXELS: PIXELS}.get(name, title), _facts(house, name))
    parts += _within(house, boxes)
    parts += legend(70, HEIGHT - 24)
    return document(WIDTH, HEIGHT, "SkyLedger: folders, their sizes, and who imports whom", parts)


def _boxes(house: House) -> dict[str, Box]:
    """Place the rooms of every floor side by side, with the folder's own modules as their ground."""
    boxes = dict(APART)
    for folder, floor in FLOORS.items():
        names = [found.name for found in house.sub_rooms(folder) if found.name not in APART]
        width = (floor.width - 24 + 8) / max(len(names), 1) - 8
        top = floor.y + TITLE + ARCS
        for number, name in enumerate(names):
            boxes[name] = Box(round(floor.x + 12 + number * (width + 8), 1), top, round(width, 1), ROOM)
        boxes[folder] = Box(floor.x + 12, top + ROOM + GAP, floor.width - 24, OWN)
    return boxes


def _part(name: str) -> str:
    """Give the part of the house that a room is in."""
    return name if name in APART else name.partition("/")[0]


def _across(house: House) -> Iterator[str]:
    """Draw who imports whom on other floors, all rooms together."""
    edges: Counter[tuple[str, str]] = Counter()
    for (source, target), n in house.imports.items():
        if _part(source) != _part(target) and (_part(source), target) != ("pipeline", PIXELS):
            edges[_part(source), _part(target)] += n
    places = {**FLOORS, **APART}
    for (source, target), n in sorted(edges.items()):
        way = WAYS.get((source, target))
        kind = "forbidden" if way is None else "across"
        points = way or [places[source].middle, places[target].middle]
        yield arrow(points, n, kind, f"{source} → {target}")


def _within(house: House, boxes: Mapping[str, Box]) -> Iterator[str]:
    """Draw who imports whom on one floor, and who imports the pixels."""
    for (source, target), n in sorted(house.imports.items()):
        if _part(source) == _part(target) or (_part(source), target) == ("pipeline", PIXELS):
            both = (target, source) in house.imports
            yield arrow(_way(boxes[source], boxes[target], both), n, "within", f"{source} → {target}")


def _way(source: Box, target: Box, both: bool) -> list[tuple[float, float]]:
    """Find the way from a box to another of its floor: straight up, down or sideways, else in an arc over the rooms.

    Parameters
    ----------
    both
        Whether another arrow goes back, for which room is left.
    """
    (x, y), (to_x, _) = source.middle, target.middle
    if source.bottom < target.y:
        x -= 9 * both
        return [(x, source.bottom), (x, target.y)]
    if source.y > target.bottom:
        x = to_x + 9 * both
        return [(x, source.y), (x, target.bottom)]
    if source.height < target.height and source.y > target.y:
        return [(source.right, y), (target.x, y)]
    if source.height < target.height:
        return [(x, source.y), ((x + target.x) / 2, source.y - 2 * ARCS), (target.x, target.y + 20)]
    end = to_x + (12 if x > to_x else -12)
    return [(x, source.y), ((x + end) / 2, source.y - 1.6 * ARCS), (end, target.y)]


def _facts(house: House, name: str) -> list[str]:
    """Say what is in a room; a folder that stands apart is one room with all below it."""
    rooms = [found for found in house.rooms.values() if found.name == name or (name in APART and found.folder == name)]
    files: Counter[str] = Counter()
    for found in rooms:
        files.update(found.files)
    facts = [f"{n} {KINDS[suffix]}{'s' * (n > 1)}" for suffix, n in sorted(files.items())]
    lines = f"{_rounded(sum(found.lines for found in rooms))} lines"
    return [", ".join([*facts, lines])] if name in (*FLOORS, FACE) else [*facts, lines]


def _rounded(lines: int) -> int:
    return round(lines, -2) if lines >= 100 else max(10, round(lines, -1))
