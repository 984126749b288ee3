"""The drawing of a lineage: layers, arrows, folding, order."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from queries.errors import BadValue
from queries.web.lineage_graph import FOLD, MOST, TIMES, WIDTH, data_id, draw, fold, layers
from queries.web.lineage_shown import Shown, read_shown


def row(dataset: int, side: int, kind: str = "source", inputs: tuple[int, ...] = (), **more: Any) -> dict[str, Any]:
    """Give a row of the query `lineage_graph`."""
    names = ("instrument", "visit", "band", "detector", "healpix", "file_name", "task")
    known = {"dataset_id": dataset, "side": side, "dataset_type": kind, "inputs": inputs}
    return {**dict.fromkeys(names), **known, "taint": None, "marked": False, "n_uses": 0, **more}


# Raw 1 and 2 become 3; 4 (asked for) is made of 3 and of raw 1 again; 5 is made of 4, and 6 of 5 and of 3.
ROWS = [
    row(1, -1, "raw"), row(2, -1, "mask"), row(3, -1, "isr", (1, 2)), row(4, 0, "image", (3, 1)),
    row(5, 1, "source", (4,)), row(6, 1, "match", (5, 3)),
]  # fmt: skip


def test_inputs_stand_left_of_what_was_made_of_them() -> None:
    layer = layers(ROWS)
    assert layer == {1: -2, 2: -2, 3: -1, 4: 0, 5: 1, 6: 2}
    assert all(layer[source] < layer[found["dataset_id"]] for found in ROWS for source in found["inputs"])


def test_every_edge_is_an_arrow_to_the_right() -> None:
    graph = draw(ROWS)
    assert len(graph.boxes) == 6
    assert len(graph.arrows) == sum(len(found["inputs"]) for found in ROWS)
    for arrow in graph.arrows:
        start, end = re.match(r"M([\d.]+),.* ([\d.]+),", arrow).groups()  # type: ignore[union-attr]
        assert float(start) < float(end)


def test_boxes_do_not_overlap_and_lie_inside() -> None:
    graph = draw([row(n, -1, f"type{n % 3}") for n in range(2, 8)] + [row(1, 0, inputs=tuple(range(2, 8)))])
    places = {(box.x, box.y) for box in graph.boxes}
    assert len(places) == len(graph.boxes)
    assert all(0 <= box.x <= graph.width - WIDTH and 0 <= box.y < graph.height for box in graph.boxes)


@pytest.mark.parametrize(("n", "boxes"), [(FOLD, FOLD + 1), (FOLD + 1, 2), (300, 2)])
def test_many_datasets_of_one_type_become_one_box(n: int, boxes: int) -> None:
    rows = [
        row(1, 0, "reference", ()),
        *(row(number, 1, "image", (1,), task="calibrate") for number in range(2, n + 2)),
    ]
    graph = draw(rows)
    assert len(graph.boxes) == boxes
    assert len(graph.arrows) == boxes - 1
    if boxes == 2:
        folded = next(box for box in graph.boxes if box.dataset_id is None)
        assert (folded.title, folded.subtitle, folded.link) == (
            f"{n} \N{MULTIPLICATION SIGN} image",
            "by calibrate",
            None,
        )


def test_the_dataset_that_was_asked_for_is_marked_and_leads_nowhere() -> None:
    (center,) = [box for box in draw(ROWS).boxes if box.center]
    assert (center.dataset_id, center.link) == (4, None)
    assert {box.link for box in draw(ROWS).boxes if not box.center} == {f"/dataset/{n}" for n in (1, 2, 3, 5, 6)}


def test_inputs_that_were_left_out_have_no_arrow() -> None:
    graph = draw([row(4, 0, inputs=(77,))])
    assert graph.arrows == []
    assert len(graph.boxes) == 1


def test_boxes_stand_near_what_they_are_linked_with() -> None:
    rows = [
        row(1, 0),
        *(row(n, 1, f"a{9 - n}", (1,)) for n in (2, 3, 4)),
        *(row(n + 10, 1, f"b{n}", (n,)) for n in (2, 3, 4)),
    ]
    height = {box.dataset_id: box.y for box in draw(rows).boxes}
    assert sorted((2, 3, 4), key=height.__getitem__) == sorted((2, 3, 4), key=lambda n: height[n + 10])


def test_folding_keeps_upstream_and_downstream_apart() -> None:
    rows = [row(n, -1, "same") for n in range(10, 20)] + [row(n, 1, "same", (1,)) for n in range(20, 30)] + [row(1, 0)]
    groups = fold(rows, dict.fromkeys((found["dataset_id"] for found in rows), 0))
    assert sorted(len(members) for members in groups.values()) == [1, 10, 10]


def test_a_data_id_is_read_as_people_say_it() -> None:
    image = row(1, 0, instrument="DECam", visit=5, band="r", detector=0)
    assert data_id(image) == "DECam 5 r detector 0"
    assert data_id(row(1, 0, healpix=12)) == "cell 12"
    assert data_id(row(1, 0, file_name="gaia.fits")) == "gaia.fits"
    assert data_id(row(1, 0)) == ""


def test_what_hangs_on_a_dataset_and_is_not_drawn_can_be_opened() -> None:
    rows = [row(1, -1, "raw", (99,)), row(4, 0, "image", (1,), n_uses=1), row(5, 1, "source", (4,), n_uses=3)]
    shown = Shown(4, opened=(7,))
    boxes = {box.dataset_id: box for box in draw(rows, shown).boxes}
    assert boxes[1].open == "/dataset/4?opened=7%2C1#lineage"
    assert [end < 0 for end in boxes[1].ends] == [True]
    assert [end > WIDTH for end in boxes[5].ends] == [True]
    assert (boxes[4].open, boxes[4].ends) == (None, ())
    assert all(box.open is None for box in draw(rows).boxes)
    # What is open has been opened: the query gives no more of it.
    opened = {box.dataset_id: box for box in draw(rows, Shown(4, opened=(1, 5))).boxes}
    assert {box.open for box in opened.values()} == {None}


def test_one_box_of_many_is_unfolded_by_name() -> None:
    rows = [row(1, 0, "flat"), *(row(n, 1, "image", (1,), task="reduce") for n in range(2, MOST + 12))]
    (folded,) = [box for box in draw(rows, Shown(1)).boxes if box.dataset_id is None]
    assert folded.unfold == "/dataset/1?unfolded=1%3Aimage%3Areduce#lineage"
    boxes = draw(rows, Shown(1, unfolded=("1:image:reduce",))).boxes
    (rest,) = [box for box in boxes if box.dataset_id is None]
    assert (len(boxes), rest.title, rest.unfold) == (MOST + 2, f"10 {TIMES} image", None)


def test_arrows_run_right_whatever_was_opened() -> None:
    """Opened: another use 7 of raw 1, which 8 was made of; an input 9 of source 5 that leads not to the image 4."""
    rows = [row(7, 1, "other", (1,)), row(8, 1, "last", (7, 5)), row(9, 1, "list"), row(5, 1, "source", (4, 9))]
    graph = draw([*ROWS[:4], *rows], Shown(4, opened=(1, 5)))
    assert len(graph.arrows) == 3 + 1 + 1 + 2 + 2
    for arrow in graph.arrows:
        start, end = re.match(r"M([\d.]+),.* ([\d.]+),", arrow).groups()  # type: ignore[union-attr]
        assert float(start) < float(end)


def test_marks_and_taint_are_told_apart_and_the_worst_counts() -> None:
    rows = [
        row(1, -1, "raw", taint="suspect", marked=True), row(4, 0, "image", (1,), taint="bad suspect"),
        *(row(n, 1, "source", (4,), taint="superseded" if n < 14 else "bad superseded") for n in range(10, 16)),
    ]  # fmt: skip
    boxes = {box.title: box for box in draw(rows).boxes}
    assert boxes["raw"].classes == "box marked suspect"
    assert boxes["image"].classes == "box center bad"
    assert boxes[f"6 {TIMES} source"].classes == "box several bad"


@pytest.mark.parametrize("opened", ["a", "1,;", "1" * 30, "-3"])
def test_what_is_no_dataset_cannot_be_opened(opened: str) -> None:
    with pytest.raises(BadValue, match="opened cannot be"):
        read_shown(1, opened, "")


def test_an_address_says_what_is_shown_and_is_read_back() -> None:
    shown = Shown(1, (2, 3), ("1:image:reduce",))
    asked = dict(parse_qsl(urlsplit(shown.address).query))
    assert read_shown(1, asked["opened"], asked["unfolded"]) == shown
    assert read_shown(1, "", "").address == "/dataset/1#lineage"
