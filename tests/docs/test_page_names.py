"""Names on the pages: files, links, tables, keywords, states and variables exist."""

import re
from pathlib import Path

import pytest

from docs.reading import FENCE, ROOT, names, pages
from ingest.cameras.camera import load_cameras
from schema.settings import Settings
from schema.work.unit import STATES

PAGES = pages()
WRITTEN = {name: text for name, text in PAGES.items() if "not edited by hand" not in text}
FOLDERS = {"schema", "ingest", "pipeline", "queries", "migrations", "tests", "docs"}
SUFFIXES = (".py", ".sql", ".yaml", ".md", ".conf", ".toml", ".ini")
VARIABLE = re.compile(r"SKYLEDGER_[A-Z]+(?:_[A-Z]+)*")


def paths(text: str) -> set[str]:
    """Give what looks like a path of this repository."""
    found = {name for name in names(text) if re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*/?", name) and "/" in name}
    return {name for name in found if name.split("/")[0] in FOLDERS or name.endswith(SUFFIXES)}


def variables(*roots: str) -> set[str]:
    """Give the variables that the code below some paths names."""
    files = (path for root in roots for path in (ROOT / root, *(ROOT / root).rglob("*")))
    texts = (path.read_text() for path in files if path.suffix in (".py", ".sql", ".yaml", ".conf"))
    return {name for text in texts for name in VARIABLE.findall(text)}


def anchors(page: Path) -> set[str]:
    """Give the anchors of the headings of a page, as the usual viewers of Markdown make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WRITTEN)
def test_every_path_exists(page: str) -> None:
    missing = {name for name in paths(WRITTEN[page]) if not (ROOT / name).exists()}
    assert missing == set()


def test_paths_are_found() -> None:
    assert paths("`schema/base.py`, `schema`, `a/b`, `server.log`, `pipline/x.py`") == {
        "schema/base.py",
        "pipline/x.py",
    }
    assert len(paths(WRITTEN["docs/architecture.md"])) > 5


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = FENCE.sub("", PAGES[page])
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        place = (ROOT / page).parent / path if path else ROOT / page
        assert place.exists(), target
        if anchor:
            assert anchor in anchors(place), target


@pytest.mark.parametrize("page", WRITTEN)
def test_every_object_of_the_database_is_in_the_reference(page: str) -> None:
    found = set(re.findall(r"`((?:registry|work|catalog|catalog_part|quality)\.\w+)", WRITTEN[page]))
    assert {name for name in found if name not in PAGES["docs/schema.md"]} == set()


def test_every_variable_of_the_code_is_explained_and_no_other() -> None:
    listed = set(re.findall(r"^\| `(SKYLEDGER_\w+)` \|", PAGES["docs/operators.md"], re.MULTILINE))
    fields = {f"SKYLEDGER_{name.upper()}" for name in Settings.model_fields}
    code = variables("schema", "ingest", "pipeline", "queries", "migrations", "skyledger.py", "tests/conftest.py")
    assert listed == code | fields
    assert {name for text in PAGES.values() for name in VARIABLE.findall(text)} <= listed


def test_the_states_of_a_unit_are_those_of_the_table() -> None:
    drawn = re.findall(r"^    (\S+) --> (\S+?)(?::.*)?$", PAGES["docs/architecture.md"], re.MULTILINE)
    assert {state for edge in drawn for state in edge} - {"[*]"} == {*STATES, "leased"}


@pytest.mark.parametrize("camera", ["DECam", "SDSS"])
def test_every_keyword_of_a_camera_is_explained_and_no_other(camera: str) -> None:
    section = PAGES["docs/cameras.md"].split(f"## {camera}\n")[1].split("\n## ")[0]
    first = re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE)
    assert {word for cell in first for word in re.findall(r"`([^`]+)`", cell)} == set(load_cameras()[camera].keywords)


def test_every_camera_has_its_section() -> None:
    headings = set(re.findall(r"^## (.*)$", PAGES["docs/cameras.md"], re.MULTILINE))
    assert load_cameras().keys() <= headings


def test_the_contents_list_every_page() -> None:
    listed = {f"docs/{target}" for target in re.findall(r"\]\(([\w.]+)\)", PAGES["docs/README.md"])}
    assert listed == {page for page in PAGES if page.startswith("docs/")} - {"docs/README.md"}
