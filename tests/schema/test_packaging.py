"""Packaging: our folders are import names, so nobody else may bring them."""

import re
import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ["schema", "ingest", "pipeline", "queries"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", [*FOLDERS, "skyledger", "migrations", "tests"])
def test_no_other_distribution_brings_the_name(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"skyledger"}


@pytest.mark.parametrize("name", [*FOLDERS, "skyledger"])
def test_the_name_is_found_in_this_checkout(name: str) -> None:
    spec = find_spec(name)
    assert spec
    assert spec.origin
    assert Path(spec.origin).is_relative_to(ROOT)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_forbidden_as_a_dependency_and_is_typed(name: str) -> None:
    assert f"{name}<0" in PROJECT["tool"]["uv"]["constraint-dependencies"]
    assert (ROOT / name / "py.typed").exists()
    assert name in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]


def test_the_lock_pins_every_package_by_hash_and_none_by_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    assert len(pins) > 40
    assert [block for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert " @ " not in text


def test_the_lock_holds_every_package_that_is_asked_for() -> None:
    locked = {
        normal(name)
        for name in re.findall(r"^([A-Za-z0-9._-]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    }
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["test"]]
    asked += [*PROJECT["dependency-groups"]["build"]]
    names = {normal(re.split(r"[\[<>=~! ;]", line)[0]) for line in asked}
    assert names <= locked


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
