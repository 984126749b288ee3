"""The desk of a handler: asks as the reader role, renders pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from queries.readonly import Answer, Limits, answer_user
from queries.web.asked import Asked, ask
from queries.web.errors import Busy
from queries.web.parts import text_of
from schema.output import duration, json_value
from schema.settings import Settings

HERE = Path(__file__).parent
LIMITS = Limits(seconds=20.0, rows=20_000)  # what one plot may cost
TURNS = 6  # statements of users and downloads at once: each may take a core of the database, and a thread of ours
PATIENCE = 1.0  # how long one waits for a turn [s]
Crumb = tuple[str, str | None]


@dataclass(frozen=True)
class Nav:
    """An entry of the navigation."""

    order: int
    title: str
    path: str
    sentence: str


def environment() -> Environment:
    """Give the templates; every value is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"text": text_of, "duration": duration, "data": script_data}
    return made


def script_data(value: Any) -> Markup:
    """Give a value as JSON that may stand in a `<script type="application/json">`; NaN is null."""
    return htmlsafe_json_dumps(json_value(value), allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True)
class Desk:
    """What a handler works with."""

    using: Settings
    templates: Environment
    navigation: tuple[Nav, ...]
    path: str
    turns: BoundedSemaphore

    def ask(self, name: str, /, **parameters: Any) -> Asked:
        """Answer a named query; a parameter that is None or empty is not given."""
        return ask(self.using, LIMITS, name, **parameters)

    def answer_user(self, statement: str, limits: Limits = LIMITS) -> Answer:
        """Answer SQL that a user wrote or chose the parts of.

        Raises
        ------
        Busy
            Raised if too many are being answered.
        RefusedSql, TimeLimit
            Raised if it is wrong, more than reading, or too long.
        """
        with self.turn():
            return answer_user(statement, self.using, limits)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn: what may be slow or large must leave threads and memory for everybody else."""
        if not self.turns.acquire(timeout=PATIENCE):
            raise Busy(TURNS)
        try:
            yield
        finally:
            self.turns.release()

    def page(
        self,
        template: str,
        *,
        title: str,
        lead: str,
        crumbs: list[Crumb] | None = None,
        status: int = 200,
        **context: Any,
    ) -> HTMLResponse:
        """Render a page in its frame.

        Parameters
        ----------
        lead
            One sentence: what the page shows and what to do with it.
        crumbs
            Text and address of what stands above the page; Home comes first by itself.
        """
        return self.fragment(template, status, title=title, lead=lead, crumbs=crumbs or [], **context)

    def fragment(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Render a template without words around it."""
        known = {"navigation": self.navigation, "path": self.path}
        return HTMLResponse(self.templates.get_template(template).render(known | context), status)


def desk(request: Request) -> Desk:
    """Give the desk of a request."""
    state = request.app.state
    return Desk(state.using, state.templates, state.navigation, request.url.path, state.turns)


Here = Annotated[Desk, Depends(desk)]
