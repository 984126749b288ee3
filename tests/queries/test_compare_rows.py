"""Rows of two collections: matched, lost, gained and moved, residuals by magnitude, what is not loaded."""

from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from queries.comparison import loaded
from queries.comparison.compare import compare
from queries.comparison.report import summary
from queries.comparison.tally import SHOWN, CatalogRows
from tests.support.compared import Book

pytestmark = pytest.mark.database
pytest_plugins = ["tests.support.scratch"]
ARCSEC = 1 / 3600
BRIGHT = 10 ** (0.4 * (31.4 - 20.5))  # 20.5 mag [nJy]
Lists = tuple[list[float], list[float], list[float]]


@pytest.fixture
def book(scratch: Connection[Any]) -> Book:
    return Book(scratch)


def sources(book: Book, detector: int, a: Lists | None, b: Lists | None) -> tuple[int, int]:
    """Make a list of sources in each of two runs, and load those that have any; give the datasets."""
    keys = []
    for name, rows in (("A", a), ("B", b)):
        dataset = book.made("source", detector, f"{name}{detector}", n_rows=len(rows[0]) if rows else 3)
        book.collect(name, [dataset])
        if rows:
            book.load(dataset, *rows)
        keys.append(dataset)
    return keys[0], keys[1]


def rows_of(connection: Connection[Any], **more: Any) -> CatalogRows:
    found = compare(connection, "A", "B", **more).rows
    assert found is not None
    (rows,) = found
    assert rows.catalog == "source"
    return rows


def test_rows_are_matched_lost_gained_and_moved(scratch: Connection[Any], book: Book) -> None:
    a = ([10.0, 10.001, 10.002], [20.0] * 3, [BRIGHT] * 3)
    b = ([10.0, 10.001 + 0.3 * ARCSEC, 10.005], [20.0] * 3, [BRIGHT] * 3)
    keys = sources(book, 0, a, b)
    found = rows_of(scratch)
    assert (found.n_a, found.n_b, found.n_matched, found.n_lost, found.n_gained, found.n_moved) == (3, 3, 2, 1, 1, 1)
    assert (found.lost.ra, found.lost.dataset_id) == ([10.002], [keys[0]])
    assert (found.gained.ra, found.gained.dataset_id) == ([10.005], [keys[1]])
    assert found.lost.magnitude == pytest.approx([20.5])
    assert found.worst == [(*keys, 1, 1)]
    assert found.separation == pytest.approx(0.15 * np.cos(np.radians(20)), rel=0.01)
    assert rows_of(scratch, radius=0.1).n_matched == 1


def test_poles_and_the_meridian_are_places_like_others(scratch: Connection[Any], book: Book) -> None:
    near = 90 - 0.05 * ARCSEC
    a = ([0.0, 5.0, 90.0], [0.0, near, -near], [BRIGHT] * 3)
    b = ([360 - 1e-5, 185.0, 250.0], [0.0, near, -near], [BRIGHT] * 3)
    sources(book, 0, a, b)
    found = rows_of(scratch)
    assert (found.n_matched, found.n_lost, found.n_gained) == (3, 0, 0)
    assert found.separation == pytest.approx(0.1, rel=0.02)


def test_fluxes_that_are_no_magnitude_match_and_have_no_residual(scratch: Connection[Any], book: Book) -> None:
    ra = [10.0, 10.001, 10.002, 10.003]
    sources(book, 0, (ra, [0.0] * 4, [nan, -1.0, BRIGHT, BRIGHT]), (ra, [0.0] * 4, [BRIGHT, 0.0, nan, 1.1 * BRIGHT]))
    found = rows_of(scratch)
    assert found.n_matched == 4
    (only,) = found.bins
    assert (only.magnitude, only.n_matched) == (20.5, 2)
    assert only.residual == pytest.approx(-2.5 * np.log10(1.1), rel=0.01)


def test_residuals_are_told_for_each_magnitude(scratch: Connection[Any], book: Book) -> None:
    random = np.random.default_rng(5)
    magnitudes = np.repeat([18.3, 22.6], 200)
    scatter = random.normal(0, np.where(magnitudes < 20, 0.001, 0.1))
    place = (np.linspace(10, 11, 400).tolist(), [0.0] * 400)
    before, after = (10 ** (0.4 * (31.4 - some)) for some in (magnitudes, magnitudes + 0.01 + scatter))
    sources(book, 0, (*place, before.tolist()), (*place, after.tolist()))
    found = {one.magnitude: one for one in rows_of(scratch).bins}
    assert found.keys() == {18.5, 22.5}
    for middle, chosen in ((18.5, slice(200)), (22.5, slice(200, 400))):
        wanted = np.quantile(0.01 + scatter[chosen], [0.05, 0.25, 0.5, 0.75, 0.95])
        one = found[middle]
        assert [one.low, one.residual, one.high] == pytest.approx(wanted[[0, 2, 4]].tolist(), rel=0.02, abs=2e-4)
        assert one.sigma == pytest.approx(0.7413 * (wanted[3] - wanted[1]), rel=0.02)


def test_duplicates_are_matched_one_by_one(scratch: Connection[Any], book: Book) -> None:
    sources(book, 0, ([10.0] * 5, [0.0] * 5, [BRIGHT] * 5), ([10.0] * 3, [0.0] * 3, [BRIGHT] * 3))
    found = rows_of(scratch)
    assert (found.n_matched, found.n_lost, found.n_gained) == (3, 2, 0)


def test_images_at_one_place_are_kept_apart(scratch: Connection[Any], book: Book) -> None:
    here = ([10.0], [0.0], [BRIGHT])
    sources(book, 0, here, ([], [], []))
    sources(book, 1, ([], [], []), here)
    found = rows_of(scratch)
    assert (found.n_pairs, found.n_matched, found.n_lost, found.n_gained) == (2, 0, 1, 1)


def test_what_is_not_loaded_is_told(scratch: Connection[Any], book: Book) -> None:
    here = ([10.0], [0.0], [BRIGHT])
    sources(book, 0, here, here)
    sources(book, 1, here, None)
    sources(book, 2, None, None)
    found = rows_of(scratch)
    assert (found.n_pairs, found.n_not_loaded, found.n_a, found.n_b) == (1, 2, 1, 1)
    assert "2 changed datasets are not loaded on both sides" in summary(compare(scratch, "A", "B"))


def test_a_run_without_rows_is_compared_without_them(scratch: Connection[Any], book: Book) -> None:
    sources(book, 0, None, None)
    found = rows_of(scratch)
    assert (found.n_pairs, found.n_not_loaded, found.n_a, found.bins) == (0, 1, 0, [])
    assert isnan(found.separation)


def test_rows_are_left_alone_when_nobody_asks(scratch: Connection[Any], book: Book) -> None:
    sources(book, 0, ([10.0], [0.0], [BRIGHT]), ([10.0], [0.0], [BRIGHT]))
    assert compare(scratch, "A", "B", with_rows=False).rows is None


def test_chunks_do_not_change_the_result(scratch: Connection[Any], book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(9)
    for detector in range(4):
        sides = [
            (
                random.uniform(10, 10.01, n).tolist(),
                random.uniform(0, 0.01, n).tolist(),
                (BRIGHT * random.random(n)).tolist(),
            )
            for n in (1000, 900)
        ]
        sources(book, detector, *sides)
    whole = rows_of(scratch, radius=1.0)
    monkeypatch.setattr(loaded, "CHUNK", 1)
    assert rows_of(scratch, radius=1.0) == whole
    assert whole.n_matched > 100
    assert len(whole.lost.ra) == len(whole.gained.ra) == SHOWN < whole.n_gained < whole.n_lost
