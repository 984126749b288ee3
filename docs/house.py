"""The house as the code has it: folders, rooms, and who imports whom."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

FOLDERS = ("pipeline", "ingest", "queries", "schema", "migrations")
FACE = "skyledger"
KINDS = {".py": "module", ".sql": "SQL file", ".yaml": "YAML file"}


@dataclass(frozen=True)
class Room:
    """A folder's own modules, or one of its sub-folders with all below it; `files` counts by suffix."""

    name: str  # e.g. pipeline/tasks; the folder alone for its own modules
    files: Mapping[str, int]
    lines: int

    @property
    def folder(self) -> str:
        """Folder that the room is in."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class House:
    """All rooms by name, and how many import statements lead from one to another."""

    rooms: Mapping[str, Room]
    imports: Mapping[tuple[str, str], int]
    captions: Mapping[str, str]

    def sub_rooms(self, folder: str) -> list[Room]:
        """Give the rooms of a folder in the order of their names, its own modules left out."""
        return [room for name, room in sorted(self.rooms.items()) if room.folder == folder and name != folder]


def read_house(root: Path) -> House:
    """Read the code below a folder.

    Imports are those that `ast` finds, wherever they stand in a module; modules that are imported by a computed
    name (`import_module`) are not among them.
    """
    paths = [path.relative_to(root) for folder in FOLDERS for path in sorted((root / folder).rglob("*"))]
    sources = {path: (root / path).read_text() for path in [*paths, PurePath(f"{FACE}.py")] if path.suffix in KINDS}
    modules = {_module(path): path for path in sources if path.suffix == ".py"}
    imports: Counter[tuple[str, str]] = Counter()
    for path in modules.values():
        for target in _imports(sources[path], modules):
            imports[_room(path), _room(modules[target])] += 1
    captions = {name: _caption(sources[modules[name]]) for name in (*FOLDERS, FACE) if name in modules}
    return House(_rooms(sources), {edge: n for edge, n in imports.items() if edge[0] != edge[1]}, captions)


def _rooms(sources: Mapping[PurePath, str]) -> dict[str, Room]:
    """Count files and lines by room."""
    files: dict[str, Counter[str]] = {}
    lines: Counter[str] = Counter()
    for path, text in sources.items():
        files.setdefault(_room(path), Counter())[path.suffix] += 1
        lines[_room(path)] += text.count("\n")
    return {name: Room(name, counted, lines[name]) for name, counted in files.items()}


def _room(path: PurePath) -> str:
    return "/".join(path.parts[:2]) if len(path.parts) > 2 else path.with_suffix("").parts[0]


def _module(path: PurePath) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports(text: str, modules: Mapping[str, PurePath]) -> Iterator[str]:
    """Give our modules that a module imports; several names of one module in one statement count once."""
    for node in ast.walk(ast.parse(text)):
        named: set[str] = set()
        if isinstance(node, ast.Import):
            named = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            named = {full if full in modules else node.module for full in inner.values()}
        yield from named & modules.keys()


def _caption(text: str) -> str:
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
