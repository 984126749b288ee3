"""The benches run: every one at a size that measures nothing."""

import json
from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.benches import BENCHES
from tests.bench.ledgers import Ledgers
from tests.bench.size import SIZES

pytestmark = pytest.mark.database


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_gives_figures_and_a_report(name: str, administrator: str, template: str, tmp_path: Path) -> None:
    figures = list(BENCHES[name](Ledgers(administrator, template, tmp_path), SIZES["tiny"]))
    assert figures
    assert all(figure.bench.startswith(name) for figure in figures)
    assert all(len(figure.ratios) >= 1 and min(figure.ratios) > 0 for figure in figures)
    report.write(tmp_path / "results", {"cores": 2}, "tiny", figures)
    told = json.loads((tmp_path / "results" / "results.json").read_text())
    assert [one["bench"] for one in told["figures"]] == [figure.bench for figure in figures]
    table = (tmp_path / "results" / "results.md").read_text().splitlines()
    assert len(table) == 4 + len(figures)
    assert all(line.count("|") == 7 for line in table[2:])
