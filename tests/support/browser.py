"""Chromium, driven by Playwright; what its console says is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Browser:
    """A browser that opens windows."""

    chromium: Chromium

    @contextmanager
    def window(self, scheme: Scheme = "light") -> Iterator[tuple[Page, list[str]]]:
        """Open a window of its own; with it come the errors and warnings of its console, as they arrive."""
        page = self.chromium.new_page(color_scheme=scheme)
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: None if _ours(asked.url) else said.append(f"asked for {asked.url}"))
        try:
            yield page, said
        finally:
            page.close()


def _ours(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "data:"))


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
