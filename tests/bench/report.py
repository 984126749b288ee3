"""The report: figures as JSON and as a Markdown table."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.measure import Figure, Spread

HEAD = (
    "| bench | ours | against | ratio of speeds: median (least to greatest) | ours, median | theirs, median |",
    "|---|---|---|---|---|---|",
)


def write(folder: Path, facts: Mapping[str, Any], size: str, figures: Sequence[Figure]) -> None:
    """Write `results.json`, with every round in seconds per thing, and `results.md`."""
    folder.mkdir(exist_ok=True)
    told = {"machine": facts, "size": size, "figures": [{**vars(one), "ratios": one.ratios} for one in figures]}
    (folder / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    machine = " · ".join(f"{name} {value}" for name, value in facts.items())
    lines = [f"Size `{size}`. {machine}.", "", *HEAD, *map(_line, figures)]
    (folder / "results.md").write_text("\n".join(lines) + "\n")


def _line(figure: Figure) -> str:
    """Give the row of the table."""
    ratio = Spread.of(figure.ratios)
    goal = "" if figure.goal is None else f", goal ≥ {figure.goal:g}"
    cells = [
        figure.bench,
        figure.ours,
        figure.peer,
        f"**{ratio.middle:.3g}** ({ratio.least:.3g} to {ratio.greatest:.3g}){goal}",
        *(_absolute(figure, times) for times in (figure.our_times, figure.peer_times)),
    ]
    return f"| {' | '.join(cells)} |"


def _absolute(figure: Figure, times: Sequence[float]) -> str:
    middle = figure.absolute(times).middle
    return f"{middle:,.0f} {figure.shown}" if middle >= 100 else f"{middle:.3g} {figure.shown}"
