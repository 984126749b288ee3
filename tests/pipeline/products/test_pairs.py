"""Flats of one level are paired."""

from pathlib import Path

from pipeline.products.flats import pairs
from pipeline.products.frames import Frame


def paired(*said: tuple[float, str]) -> list[tuple[int, int]]:
    """Pair flats of some exposure times and filters; give the numbers of their exposures, counted from 0."""
    frames = [
        Frame(Path(), {"exposure": number, "physical_filter": name}, time, "adu", (1, 1))
        for number, (time, name) in enumerate(said)
    ]
    return [(one.facts["exposure"], other.facts["exposure"]) for one, other in pairs(frames)]


def test_flats_of_equal_times_are_paired_as_they_were_taken() -> None:
    assert paired((2, "g"), (1, "g"), (2, "g"), (1, "g"), (2, "g")) == [(1, 3), (0, 2)]


def test_filters_are_not_mixed() -> None:
    assert paired((2, "g"), (2, "r"), (2, "r"), (2, "g"), (2, "i")) == [(0, 3), (1, 2)]


def test_times_that_mean_the_same_are_the_same_wherever_they_lie() -> None:
    for number in range(200):
        time = 1.003**number
        assert paired((time, "g"), (time * 1.0004, "g"), (time * 1.01, "g")) == [(0, 1)]


def test_biases_have_no_time_and_what_has_lost_its_own_has_no_partner() -> None:
    assert paired((0, ""), (0, ""), (float("nan"), ""), (float("nan"), "")) == [(0, 1)]
