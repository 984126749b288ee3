"""A disk without room: one sentence, nothing is half there, and what is tried again with room works."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.transfer.errors import BadTransfer, NoRoom
from schema.errors import StoreFull
from tests.support.places import Place
from tests.support.runs import contents
from tests.support.small_disk import fill, mount

pytestmark = pytest.mark.database


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of its own."""
    place = tmp_path / "small"
    place.mkdir()
    mount(place, 4 << 20)
    yield place
    subprocess.run(["umount", place], check=True)


def test_an_import_into_a_full_store_does_nothing(there: Place, exported: Path, small: Path) -> None:
    full = replace(there, using=there.using.model_copy(update={"home": small}))
    filler = fill(small)
    with pytest.raises(StoreFull, match="no space is left in the store"):
        full.take(exported)
    assert there.ask("select count(*) from registry.dataset") == [(0,)]
    filler.unlink()
    full.take(exported)
    assert len(contents(there.owner, "run")) == 4


def test_an_export_into_a_full_folder_is_none(here: Place, there: Place, small: Path) -> None:
    filler = fill(small)
    with pytest.raises(NoRoom, match=f"no space is left in {small}/out: free some and export again"):
        here.give("run", small / "out")
    with pytest.raises(BadTransfer, match="is no export"):
        there.take(small / "out")
    filler.unlink()
    there.take(here.give("run", small / "out"))
    assert len(contents(there.owner, "run")) == 4
