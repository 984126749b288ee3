"""Numbers of sources from those of exposure and detector."""

import pytest

from schema.source_id import DETECTORS, EXPOSURES, SOURCES, SourceIdsFull, first_source_id


def test_exposure_and_detector_can_be_read_back() -> None:
    first = first_source_id(431608, 36, 100)
    assert (first // SOURCES // DETECTORS, first // SOURCES % DETECTORS) == (431608, 36)


def test_exposures_numbered_by_their_time_fit_and_follow_each_other() -> None:
    one, later = (first_source_id(number, 1, 600) for number in (20160909081226, 20160909081227))
    assert later - one == SOURCES * DETECTORS
    assert EXPOSURES * SOURCES * DETECTORS < one < later < 2**63 - SOURCES
    assert first_source_id(EXPOSURES - 1, DETECTORS - 1, 600) + SOURCES <= first_source_id(20000101000000, 0, 600)


def test_exposures_numbered_by_night_and_number_are_told_apart() -> None:
    numbers = [2024111100063, 2024111100603, 2024111106003, 2024111200063, 2059123199999]
    firsts = [first_source_id(number, 8, 5000) for number in numbers]
    assert len(set(firsts)) == len(numbers)
    assert firsts == sorted(firsts)
    assert firsts[-1] < 2**63 - SOURCES


@pytest.mark.parametrize(
    ("exposure", "detector", "count"),
    [
        (431608, 36, SOURCES),
        (431608, DETECTORS, 1),
        (431608, -1, 1),
        (20160932000000, 1, 1),
        (2016093200001, 1, 1),
        (201609300000123, 1, 1),
        (2**60, 1, 1),
    ],
)
def test_what_does_not_fit_is_refused(exposure: int, detector: int, count: int) -> None:
    with pytest.raises(SourceIdsFull, match="do not fit into 64-bit source ids"):
        first_source_id(exposure, detector, count)
