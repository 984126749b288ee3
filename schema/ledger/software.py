"""The software environment of this process."""

import platform
import subprocess
from functools import cache
from importlib.metadata import distributions
from typing import Any

from psycopg import Connection

from schema.canonical import digest
from schema.ledger.rows import ensure
from schema.registry.software import software
from schema.settings import ROOT, USUAL_CLASS, settings


@cache
def packages() -> dict[str, Any]:
    """Give Python, platform and the version of every installed distribution."""
    versions = {found.metadata["Name"].lower(): found.version for found in distributions()}
    return {"python": platform.python_version(), "platform": platform.platform(), "distributions": versions}


def register_software(connection: Connection[Any]) -> int:
    """Give the key of this environment, registering it when it is new.

    The same packages declared to be of another class are another environment.
    """
    found, declared = packages(), settings().compatibility_class
    if declared != USUAL_CLASS:
        found = found | {"compatibility_class": declared}
    row = {"digest": digest(found), "packages": found, "compatibility_class": declared}
    (key,) = ensure(connection, software, "digest", [row]).values()
    return key


@cache
def git_state() -> tuple[str, bool]:
    """Give commit and dirtiness of the checkout; an empty commit outside of one."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "", False
    return text.removesuffix("-dirty"), text.endswith("-dirty")
