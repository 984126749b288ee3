"""The identity of code: syntax trees, not bytes and not commits."""

import ast
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


@cache
def code_digest(
    module: str,
    followed: tuple[str, ...],
    version: int = 1,
    definitions: tuple[bytes, ...] = (),
    idle: tuple[str, ...] = (),
) -> bytes:
    """Give the SHA-256 of the code behind a module, 32 bytes.

    It covers the module and what that imports from `followed`, however deep, with the YAML files beside the followed
    packages. Comments, docstrings and layout do not count.

    Parameters
    ----------
    followed
        Modules and packages that the result depends on; the ledger's machinery is not part of a recipe.
    version
        Raised to recompute on purpose when the code did not change.
    definitions
        Digests of the catalog definitions that the results follow.
    idle
        Classes whose instances, as attributes of a class, say nothing about the result; nor do their imports.
    """
    total = sha256(f"version {version} {[found.hex() for found in definitions]}\n".encode())
    for name, path in sorted(_modules(module, followed)):
        total.update(f"{name} {_tree(path, idle)}\n".encode())
    return total.digest()


def _modules(start: str, followed: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Give a module and the followed modules that it leads to."""
    prefixes = tuple(f"{name}." for name in followed)
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        spec = None if name in seen else find_spec(name)
        seen.add(name)
        if spec is None or spec.origin is None:
            continue
        path = Path(spec.origin)
        yield name, path
        if path.name == "__init__.py":
            yield from ((f"{name}/{data.name}", data) for data in path.parent.glob("*.yaml"))
        # Whether a name is a module is asked only of what is followed: to look for the others costs a second.
        todo.extend(found for found in _imports(path) if f"{found}.".startswith(prefixes) and _is_module(found))


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Give what a module imports, and the packages of that; names within modules are among them."""
    found: list[str] = []
    for node in _statements(_parsed(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    parts = [name.split(".") for name in found]
    return tuple({".".join(some[:n]): None for some in parts for n in range(1, len(some) + 1)})


@cache
def _parsed(path: Path) -> ast.Module:
    """Parse a module, once: to parse and to write down are nearly all of the time that a digest takes."""
    return ast.parse(path.read_text())


def _statements(tree: ast.Module) -> list[ast.stmt]:
    """Give the statements of a module, however deep: what else a tree holds is no import and no body."""
    found: list[ast.stmt] = list(tree.body)
    for node in found:
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            for part in getattr(node, name, ()):
                found += [part] if isinstance(part, ast.stmt) else part.body
    return found


@cache
def _is_module(name: str) -> bool:
    """Tell modules from the names within them."""
    if name in sys.modules:
        return True
    try:
        return find_spec(name) is not None
    except (ModuleNotFoundError, AttributeError, ValueError):
        return False


@cache
def _tree(path: Path, idle: tuple[str, ...]) -> str:
    """Give what a file says, without what it remarks."""
    if path.suffix != ".py":
        return path.read_text()
    tree = _parsed(path)
    names = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}" in idle
    }
    return _written(_without(tree, idle, names) if names else tree)


def _without(tree: ast.Module, idle: tuple[str, ...], names: set[str]) -> ast.Module:
    """Give a copy without `attribute = Idle(...)` in classes and the imports of such names at the top.

    Other uses stay.
    """
    tree = deepcopy(tree)
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            node.names = [alias for alias in node.names if f"{node.module}.{alias.name}" not in idle]
    tree.body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and not node.names)]
    for part in ast.walk(tree):
        if isinstance(part, ast.ClassDef):
            part.body = [one for one in part.body if not _calls(one, names)]
    return tree


def _calls(node: ast.stmt, names: set[str]) -> bool:
    """Tell whether a statement gives a name to what one of these makes."""
    made = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id in names


def _written(value: object) -> str:
    """Write a syntax tree without docstrings and empty fields: which of these are there differs between Pythons."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = []
    for name in value._fields:
        field = getattr(value, name, None)
        if name == "body" and isinstance(value, DOCUMENTED) and field and _is_docstring(field[0]):
            field = field[1:]
        if field is not None and field != []:
            fields.append(f"('{name}', {_written(field)})")
    return f"('{type(value).__name__}', [{', '.join(fields)}])"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
