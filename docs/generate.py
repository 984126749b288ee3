"""Writing the generated pages: `python -m docs.generate`, and `--check` in tests."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from docs.cli_page import cli_page
from docs.diagram import diagram
from docs.house import read_house
from docs.queries_page import queries_page
from docs.schema_page import schema_page

HERE = Path(__file__).parent
PAGES: dict[str, Callable[[], str]] = {
    "architecture.svg": lambda: diagram(read_house(HERE.parent)),
    "cli.md": cli_page,
    "named_queries.md": queries_page,
    "schema.md": schema_page,
}


def outdated(folder: Path) -> list[str]:
    """Give the names of the pages in a folder that are not what the code says now."""
    return [name for name, make in PAGES.items() if _read(folder / name) != make()]


def main(arguments: Sequence[str], folder: Path = HERE) -> str | None:
    """Write the pages that changed, or only name them; give the sentence to end with when that is bad."""
    if arguments not in ([], ["--check"]):
        return f"usage: python -m docs.generate [--check], not {' '.join(arguments)}"
    changed = outdated(folder)
    if arguments:
        return f"outdated: {', '.join(changed)}; run `make docs` and commit" if changed else None
    for name in changed:
        (folder / name).write_text(PAGES[name]())
        print(f"wrote {folder / name}")
    return None


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
