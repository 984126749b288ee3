"""The picture of the house: all rooms, all imports, nothing outside of the page."""

import re
from xml.etree import ElementTree

import pytest

from docs.diagram import FLOORS, HEIGHT, PIXELS, WIDTH, diagram
from docs.house import House, Room, read_house
from docs.reading import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def house() -> House:
    return read_house(ROOT)


@pytest.fixture(scope="module")
def picture(house: House) -> ElementTree.Element:
    return ElementTree.fromstring(diagram(house))


def arrows(picture: ElementTree.Element) -> dict[str, str]:
    """Give the kind of each arrow by its title."""
    found = {}
    for path in picture.iter(f"{SVG}path"):
        title = path.find(f"{SVG}title")
        if title is not None:
            found[title.text or ""] = path.attrib["class"].removeprefix("arrow ")
    return found


def rectangles(picture: ElementTree.Element, style: str) -> list[tuple[float, float, float, float]]:
    """Give left, top, right and bottom of the boxes of a style."""
    boxes = []
    for box in picture.iter(f"{SVG}rect"):
        if box.attrib["class"] == style:
            x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
            boxes.append((x, y, x + width, y + height))
    return boxes


def test_every_room_is_drawn_once_and_none_covers_another(house: House, picture: ElementTree.Element) -> None:
    rooms = rectangles(picture, "room")
    assert len(rooms) == len(house.rooms) - len(house.sub_rooms("migrations"))
    for place, (left, top, right, bottom) in enumerate(rooms):
        assert 0 < left < right < WIDTH
        assert 0 < top < bottom < HEIGHT
        for other in rooms[place + 1 :]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


def test_every_import_across_floors_is_an_arrow_and_none_is_forbidden(
    house: House, picture: ElementTree.Element
) -> None:
    pairs = {(source.partition("/")[0], target.partition("/")[0]) for source, target in house.imports}
    drawn = arrows(picture)
    assert {title for title, kind in drawn.items() if kind == "across"} == {f"{a} → {b}" for a, b in pairs if a != b}
    assert "forbidden" not in drawn.values()


def test_imports_on_one_floor_are_arrows_between_rooms(house: House, picture: ElementTree.Element) -> None:
    edges = {(a, b) for a, b in house.imports if a.partition("/")[0] == b.partition("/")[0] != "migrations"}
    assert {title for title, kind in arrows(picture).items() if kind == "within"} == {f"{a} → {b}" for a, b in edges}


def test_an_import_that_runs_up_is_drawn_red() -> None:
    rooms = {name: Room(name, {".py": 1}, 10) for name in (*FLOORS, PIXELS)}
    upward = {("schema", "pipeline"): 1, (PIXELS, "schema"): 3}
    drawn = arrows(ElementTree.fromstring(diagram(House(rooms, upward, {}))))
    assert drawn == {"schema → pipeline": "forbidden", f"{PIXELS} → schema": "forbidden"}


def test_few_lines_more_do_not_change_the_picture() -> None:
    def drawn(lines: int, imports: int) -> str:
        rooms = {name: Room(name, {".py": 3}, lines) for name in FLOORS}
        return diagram(House(rooms, {("pipeline", "schema"): imports}, {}))

    assert drawn(1010, 20) == drawn(1040, 25)
    assert drawn(1010, 20) != drawn(1060, 20)
    assert drawn(1010, 20) != drawn(1010, 31)


def test_the_page_is_readable_in_the_dark(house: House) -> None:
    light, _, dark = diagram(house).partition("prefers-color-scheme: dark")
    classes = set(re.findall(r"\.([\w-]+) \{[^}]*(?:fill|stroke): #", light))
    assert classes <= set(re.findall(r"\.([\w-]+) \{", dark))


def test_the_architecture_page_shows_it() -> None:
    assert re.search(r"!\[[^\]]+\]\(architecture\.svg\)", (ROOT / "docs" / "architecture.md").read_text())
