"""The house as the code has it: rooms, sizes, imports."""

from pathlib import Path

import pytest

from docs.house import House, read_house
from docs.reading import ROOT

FILES = {
    "skyledger.py": "import os\nfrom pipeline import cli\nfrom queries.client import connect\n",
    "pipeline/__init__.py": '"""What is made."""\n',
    "pipeline/cli.py": "import schema.base\n\ndef late():\n    from pipeline.tasks.one import One, Two\n\n\n",
    "pipeline/tasks/one.py": "from pipeline import cli\nfrom schema.registry.deep.dataset import x\nimport a.schema\n",
    "pipeline/pipelines/frame.yaml": "name: frame\n",
    "queries/client.py": "from schema import registry\n",
    "schema/base.py": "\n\n\n",
    "schema/registry/__init__.py": "",
    "schema/registry/deep/dataset.py": "from schema import base, missing\n",
    "schema/functions/claim.sql": "select 1;\nselect 2;\n",
    "schema/notes.txt": "not code\n",
}


@pytest.fixture
def small(tmp_path: Path) -> House:
    """Give a house of a few files."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_house(tmp_path)


def test_imports_lead_from_room_to_room(small: House) -> None:
    assert small.imports == {
        ("skyledger", "pipeline"): 1,
        ("skyledger", "queries"): 1,
        ("pipeline", "schema"): 1,
        ("pipeline", "pipeline/tasks"): 1,  # two names of one module are one import
        ("pipeline/tasks", "pipeline"): 1,
        ("pipeline/tasks", "schema/registry"): 1,
        ("queries", "schema/registry"): 1,
        ("schema/registry", "schema"): 1,
    }


def test_rooms_count_files_and_lines_with_all_below_them(small: House) -> None:
    counted = {name: (dict(room.files), room.lines) for name, room in small.rooms.items()}
    assert counted["pipeline"] == ({".py": 2}, 7)
    assert counted["schema/registry"] == ({".py": 2}, 1)
    assert counted["schema/functions"] == ({".sql": 1}, 2)
    assert counted["pipeline/pipelines"] == ({".yaml": 1}, 1)
    assert [room.name for room in small.sub_rooms("schema")] == ["schema/functions", "schema/registry"]


def test_captions_are_the_first_lines_of_the_folders(small: House) -> None:
    assert small.captions == {"pipeline": "What is made.", "skyledger": ""}


def test_imports_of_the_real_house_run_down_only() -> None:
    floors = {"skyledger": 3, "pipeline": 2, "ingest": 1, "queries": 1, "schema": 0}
    edges = {
        (source.partition("/")[0], target.partition("/")[0])
        for source, target in read_house(ROOT).imports
        if not source.startswith("migrations")
    }
    assert ("pipeline", "schema") in edges
    assert [edge for edge in edges if edge[0] != edge[1] and floors[edge[0]] <= floors[edge[1]]] == []
