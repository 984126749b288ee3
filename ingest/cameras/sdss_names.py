"""Numbers of SDSS exposures and detectors."""

FILTER_INDEX = {"u": 1, "g": 2, "r": 3, "i": 4, "z": 5}


def exposure_number(run: int, field: int, physical_filter: str) -> int:
    """Return run, field and filter as one number; the six camera columns share it.

    The filters of a field are exposures of their own: the sky crosses one CCD after the other, so they begin minutes
    apart, and an exposure has one filter and one start.
    """
    return int(run * 100000 + field * 10 + FILTER_INDEX[physical_filter])


def detector_number(camcol: int, physical_filter: str) -> int:
    """Return camera column and filter as one number."""
    return int(camcol * 10 + FILTER_INDEX[physical_filter])
