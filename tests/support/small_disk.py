"""Small disks, and what fills them."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest


def mount(place: Path, size: int) -> None:
    """Put a small disk of so many bytes at a place, which only root can."""
    found = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "none", place], capture_output=True, check=False
    )
    if found.returncode:
        pytest.skip("mounting a small disk needs root")


def fill(place: Path) -> Path:
    """Fill a disk to the last byte; give the file that does it."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as stream:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    stream.write(bytes(size))
    assert shutil.disk_usage(place).free == 0
    return filler
