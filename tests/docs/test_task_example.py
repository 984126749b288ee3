"""The task on the page about tasks: it is read, planned and run as it stands there."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
import yaml

from docs.reading import ROOT, fenced
from pipeline.code import code_digest
from pipeline.definition import Pipeline, read
from pipeline.errors import BadInput, NoWork
from pipeline.specification import Specification
from pipeline.storage import write
from pipeline.task import Input, Metric, Output
from pipeline.tasks import tasks
from schema.settings import settings

PAGE = (ROOT / "docs" / "tasks.md").read_text()


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Save the blocks of the page as files and give the module, found as a user's module is found."""
    (code,) = fenced(PAGE, "python")
    (tmp_path / "number_counts.py").write_text(code)
    definition, *_ = fenced(PAGE, "yaml")
    (tmp_path / "number_counts.yaml").write_text(definition)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["number_counts"]')
    settings.cache_clear()
    tasks.cache_clear()
    yield importlib.import_module("number_counts")
    monkeypatch.delitem(importlib.sys.modules, "number_counts")  # type: ignore[attr-defined]
    settings.cache_clear()
    tasks.cache_clear()


def pipeline(example: ModuleType) -> Pipeline:
    return read(str(Path(str(example.__file__)).with_suffix(".yaml")))


def test_the_specification_that_the_page_shows_is_shipped() -> None:
    *_, shown = fenced(PAGE, "yaml")
    (one,) = yaml.safe_load(shown)["specifications"]
    assert Specification.model_validate(one) in read("single_frame").specifications


def test_it_declares_what_the_page_says(example: ModuleType) -> None:
    task = example.NumberCounts
    assert task.inputs() == {"sources": Input("source", "table")}
    assert task.outputs() == {"counts": Output("number_counts", "table")}
    assert isinstance(task.metrics()["turnover"], Metric)
    assert task.metrics()["turnover"].of in task.outputs()
    assert task.prerequisites() == {}
    assert task.dimensions == tasks()["calibrate"].dimensions


def test_the_pipeline_finds_it_with_the_parameters_of_each_camera(example: ModuleType) -> None:
    found = pipeline(example)
    assert found.classes() == [example.NumberCounts]
    assert found.config("number_counts", "DECam").model_dump()["bin_width"] == 0.25
    assert found.config("number_counts", "SDSS").model_dump()["bin_width"] == 0.5


def test_it_counts_sources_by_magnitude(example: ModuleType, tmp_path: Path) -> None:
    task = example.NumberCounts(pipeline(example).config("number_counts", "SDSS"))
    magnitudes = np.array([18.1, 18.2, 18.4, 20.6, 20.9])
    flux = np.concatenate([10 ** ((31.4 - magnitudes) / 2.5), [-5.0, np.nan]])
    result = task.run(sources=pa.table({"psfFlux": flux}))
    assert result.outputs["counts"].to_pydict() == {"magnitude": [18.25, 20.75], "n": [3, 2]}
    assert result.metrics == {"turnover": 18.25}
    assert result.metrics.keys() <= task.metrics().keys()
    written = write(task.outputs()["counts"], result.outputs["counts"], tmp_path, "counts")
    assert written.n_rows == 2


def test_it_says_when_there_is_nothing_to_count(example: ModuleType) -> None:
    task = example.NumberCounts(example.NumberCountsConfig())
    with pytest.raises(NoWork):
        task.run(sources=pa.table({"psfFlux": pa.array([], pa.float64())}))
    with pytest.raises(BadInput, match="zero point"):
        task.run(sources=pa.table({"psfFlux": [float("nan")]}))


def test_a_parameter_that_does_not_affect_the_output_does_not_enter_the_identity(example: ModuleType) -> None:
    config = example.NumberCountsConfig
    assert config().identity() == {"bin_width": 0.5}
    assert config(log_bins=True).identity() == config().identity()
    assert config(bin_width=0.2).identity() != config().identity()


def test_it_has_a_code_digest(example: ModuleType) -> None:
    assert len(code_digest(example.NumberCounts)) == 32
