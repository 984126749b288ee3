"""The pages on a real server, as a reader meets them."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn

from queries.web.app import create_app
from schema.settings import Settings


class Reader(HTMLParser):
    """What a browser would take from a page: addresses, text, script elements."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and where it leads."""
        found = dict(attrs)
        self.tags.append((tag, found))
        self.addresses += [address for name in ("href", "src", "data-live") if (address := found.get(name))]

    def handle_data(self, data: str) -> None:
        """Note the text."""
        self.text.append(data)


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    read: Reader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        reader = Reader()
        if self.headers.get("content-type", "").startswith("text/html"):
            reader.feed(self.html)
        object.__setattr__(self, "read", reader)

    @property
    def html(self) -> str:
        """The page as it was sent."""
        return self.body.decode()

    @property
    def text(self) -> str:
        """What is read of the page, with single blanks."""
        return " ".join(" ".join(self.read.text).split())


@dataclass(frozen=True)
class Site:
    """A server of the pages."""

    address: str

    def get(self, path: str, **headers: str) -> Page:
        """Ask for a page; underscores in the names of headers stand for hyphens."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with urlopen(Request(self.address + path, headers=given), timeout=60) as answer:
                return Page(
                    answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
                )
        except HTTPError as error:
            with error:
                return Page(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())


@contextmanager
def serving(using: Settings) -> Iterator[Site]:
    """Serve a ledger on a free port."""
    server = uvicorn.Server(uvicorn.Config(create_app(using), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, name="pages")
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()
