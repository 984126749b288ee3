"""Fields and functions that a condition on datasets can name."""

from dataclasses import dataclass
from typing import Literal

from queries.datasets.errors import BadExpression, suggest

Kind = Literal["whole", "number", "text", "truth", "time", "moment", "uid"]

SAID = {
    "whole": "a whole number",
    "number": "a number",
    "text": "a text: write it in single quotes",
    "truth": "true or false",
    "time": "a time: write T'2026-11-17T12:00' (UTC), or an MJD (TAI)",
    "moment": "a time: write T'2026-11-17T12:00' (UTC)",
    "uid": "a uid: write it in single quotes",
}


@dataclass(frozen=True)
class Column:
    """A column of the view `dataset`.

    Parameters
    ----------
    names
        Kind of names that its values are, in the vocabulary of the ledger: a value that nobody knows is refused.
    """

    sql: str
    kind: Kind
    names: str | None = None


def _columns(kind: Kind, *names: str) -> dict[str, Column]:
    return {name: Column(f"d.{name}", kind) for name in names}


COLUMNS: dict[str, Column] = {
    **_columns(
        "whole", "dataset_id", "detector", "exposure", "visit", "day_obs", "tract", "patch", "cell", "subfilter"
    ),
    **_columns("whole", "healpix", "n_rows", "quantum_id", "execution_id"),
    **_columns("number", "exp_time"),
    **_columns("text", "band", "physical_filter", "skymap", "output_name", "file_name", "part"),
    **_columns("text", "code_digest", "git_commit", "config_digest", "content_digest"),
    **_columns("truth", "git_dirty"),
    **_columns("moment", "created_at"),
    **_columns("uid", "uid"),
    "instrument": Column("d.instrument", "text", "instrument"),
    "dataset_type": Column("d.dataset_type", "text", "dataset type"),
    "task": Column("d.task", "text", "task"),
    # The one instant of an exposure that every camera states: the opening of the shutter.
    "mjd": Column("d.obs_start_mjd_tai", "number"),
    "time": Column("d.obs_start_mjd_tai", "time"),
}
# What a dataset can have several of: `=` asks whether one of them is so.
SETS = {
    "run": Column("m.collection", "text", "run"),
    "collection": Column("m.collection", "text", "collection"),
    "mark": Column("k.verdict", "text", "mark"),
    "taint": Column("t.verdict", "text", "mark"),
}
SHAPES = {
    "circle": (3, "circle(ra, dec, radius)"),
    "box": (4, "box(ra, dec, width, height)"),
    "polygon": (6, "polygon(ra1, dec1, ra2, dec2, ra3, dec3, …)"),
    "point": (2, "point(ra, dec)"),
}
FUNCTIONS = {
    "metric": "metric('calibrate.seeing')",
    "verdict": "verdict('seeing')",
    "made_from": "made_from('UID')",
    "went_into": "went_into('UID')",
}
NAMES = sorted({*COLUMNS, *SETS, "config"})


def unknown_field(text: str, name: str, at: int) -> BadExpression:
    """Say that there is no such field, and what was meant."""
    if name in FUNCTIONS:
        return BadExpression(text, at, f"{name} is a function: write {FUNCTIONS[name]}")
    return BadExpression(text, at, suggest("field", name, NAMES))


def unknown_function(text: str, name: str, at: int) -> BadExpression:
    """Say that there is no such function, and what was meant."""
    if name in SHAPES:
        return BadExpression(text, at, f"a shape stands behind OVERLAPS: write overlaps {SHAPES[name][1]}")
    return BadExpression(text, at, suggest("function", name, FUNCTIONS))
