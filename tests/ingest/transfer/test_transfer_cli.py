"""Export and import on the command line; an import killed at every step and repeated is whole."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from pipeline.planner.submit import submit
from pipeline.tasks import tasks
from schema.connect import connect
from schema.ledger.software import register_software
from schema.settings import Settings, settings
from tests.support.ledgers import register_toy_camera
from tests.support.portrait import ailments, portrait
from tests.support.processes import command, ended, killed_at, start
from tests.support.runs import plan_toys, work_off

pytestmark = pytest.mark.database


def test_an_import_killed_at_every_step_and_repeated_is_whole(
    ledger: Settings, owner: Connection[Any], administrator: str, template: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SKYLEDGER_TASK_MODULES", '["tests.support.toys"]')
    settings.cache_clear()
    tasks.cache_clear()
    register_toy_camera(owner, ledger, 2, tmp_path / "in")
    work_off(submit(owner, plan_toys(owner), "toys/1"), workers=1)
    log, folder = tmp_path / "log", tmp_path / "out"
    assert ended(start(command, "export", "toys/1", "--to", folder, log=log)) == 0
    here, name = portrait(owner, ledger.store_root), f"{template}_import"
    with psycopg.connect(administrator, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template}".encode())
        monkeypatch.setenv("SKYLEDGER_DATABASE_URL", make_conninfo(administrator, dbname=name))
        monkeypatch.setenv("SKYLEDGER_HOME", str(tmp_path / "other"))
        settings.cache_clear()
        for point in ("after_copy", "after_link", "before_import", "in_import"):
            assert killed_at(point, tmp_path / "ticket", command, "import", folder), point
            with connect("owner") as other:
                assert other.execute("select count(*) from registry.coordinate").fetchone() == (0,), point
        assert ended(start(command, "import", folder, log=log)) == 0
        with connect("owner") as other:
            register_software(other)
            found = portrait(other, settings().store_root)
            assert found | {"staging": []} == here
            assert plan_toys(other).to_run == []
        assert [name for name, _ in ailments(settings())] in ([], ["orphans"])  # what copies that were cut off left
        admin.execute(f"drop database {name} with (force)".encode())
    said = log.read_text()
    assert "exported toys/1: " in said
    assert "toys/1 is here, with 6 files" in said
    settings.cache_clear()
    tasks.cache_clear()
