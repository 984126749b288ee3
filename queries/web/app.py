"""The web application: finds its pages, keeps them read-only and strict, turns errors into sentences."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from threading import BoundedSemaphore
from types import ModuleType
from urllib.parse import unquote

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from queries.web import pages
from queries.web.desk import HERE, TURNS, desk, environment
from queries.web.errors import NoText, lost, status
from schema.errors import SkyledgerError
from schema.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # asked again each time: a page is as old as its answer, a script as the server
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(using: Settings, hosts: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """Give the application.

    Parameters
    ----------
    using
        Where the ledger is; only its reader role is used.
    hosts
        Names under which it may be asked. A page of another site that lets its own name point to this machine
        is refused by that; `*` is any.
    """
    app = FastAPI(title="SkyLedger", docs_url=None, redoc_url=None, openapi_url=None)
    found = list(_modules())
    app.state.using, app.state.templates = using, environment()
    app.state.turns = BoundedSemaphore(TURNS)
    app.state.navigation = tuple(
        sorted((module.NAV for module in found if hasattr(module, "NAV")), key=lambda nav: nav.order)
    )
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for module in found:
        app.include_router(module.router)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    app.middleware("http")(_strict)
    app.add_middleware(Heads)
    _handle_errors(app)
    return app


def _modules() -> Iterator[ModuleType]:
    """Give the modules of the pages, in the order of their names."""
    for found in sorted(iter_modules(pages.__path__), key=lambda module: module.name):
        yield import_module(f"{pages.__name__}.{found.name}")


class Heads:
    """Answers HEAD as GET; the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app({**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope, receive, send)


async def _strict(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Add the headers that forbid what the pages do not need."""
    if "\0" in request.url.path or "\0" in unquote(request.url.query):
        error = NoText()
        response = _sentence(request, status(error), str(error))
    else:
        response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _handle_errors(app: FastAPI) -> None:
    """Turn what is wrong into a page with one sentence."""

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, SkyledgerError)
        return _sentence(request, status(error), str(error))

    def broken(request: Request, error: Exception) -> Response:
        assert isinstance(error, psycopg.OperationalError)
        return refused(request, lost(error))

    def no_page(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentences = {
            404: f"there is no page {request.url.path}: the navigation above lists what there is",
            405: "the pages can only be read: ask with GET",
        }
        return _sentence(request, error.status_code, sentences.get(error.status_code, str(error.detail)))

    def bad_address(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        said = f"{first['loc'][-1]} cannot be {first.get('input')!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
        return _sentence(request, 400, said)

    def fault(request: Request, error: Exception) -> Response:
        said = f"this page has a fault ({type(error).__name__}): the output of the server says where"
        answer = _sentence(request, 500, said)
        answer.headers.update(HEADERS)  # it is made outside of every middleware
        return answer

    app.add_exception_handler(Exception, fault)
    app.add_exception_handler(SkyledgerError, refused)
    app.add_exception_handler(psycopg.OperationalError, broken)
    app.add_exception_handler(HTTPException, no_page)
    app.add_exception_handler(RequestValidationError, bad_address)


def _sentence(request: Request, code: int, sentence: str) -> Response:
    """Render an error; it asks the database nothing."""
    title = {404: "Not found", 503: "The database does not answer", 504: "Too slow"}.get(code, "This did not work")
    said = sentence[:1].upper() + sentence[1:]
    return desk(request).page("error.html", title=title, lead=said, status=code, code=code)
