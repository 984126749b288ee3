"""Cameras of your own: a YAML file and a reader beside it, in folders that the settings name."""

import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from schema.errors import SkyledgerError
from schema.settings import settings


class BadCamera(SkyledgerError):
    """A file of somebody's camera that cannot be used."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}; correct it, or take its folder out of SKYLEDGER_CAMERAS")


def own_definitions() -> Iterator[Path]:
    """Give the YAML files in the folders of the settings.

    Raises
    ------
    BadCamera
        A folder is not there.
    """
    for folder in settings().cameras:
        if not folder.is_dir():
            raise BadCamera(folder, "there is no such folder")
        yield from sorted(folder.glob("*.yaml"))


def own_module(definition: Path) -> ModuleType:
    """Import the Python file beside a camera's YAML; it has the function ``read``.

    Raises
    ------
    BadCamera
        It is missing, cannot be imported, or has no such function.
    """
    module = _imported(definition.with_suffix(".py").absolute())
    if not callable(getattr(module, "read", None)):
        raise BadCamera(definition.with_suffix(".py"), "there is no function read(path, camera, hdus) in it")
    return module


def own_digest() -> bytes:
    """Give the SHA-256 of all definitions and readers, which belong to the recipe of what reads camera files."""
    total = sha256()
    for definition in own_definitions():
        for path in (definition, definition.with_suffix(".py")):
            total.update(sha256(path.read_bytes() if path.exists() else b"").digest())
    return total.digest()


@cache
def _imported(path: Path) -> ModuleType:
    if not path.exists():
        raise BadCamera(path, "is missing: the camera's YAML needs its reader beside it")
    name = f"skyledger_camera_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None  # a .py file has a loader
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever it raises is its author's to mend
        raise BadCamera(path, f"cannot be imported ({type(error).__name__}: {' '.join(str(error).split())})") from error
    return module
