"""Pictures of the pages for the docs: `python -m docs.screenshots`, after a demo."""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from queries.client import connect
from schema.settings import settings
from tests.support.browser import Browser, Scheme, browsing
from tests.support.site import serving

PICTURES = Path(__file__).parent / "pictures"
SIZE = {"width": 1200, "height": 860}
ANIMATED = 1200  # ms until nothing moves
COLOURS = 128  # of the palette: a page has few, and the pictures are in the repository

QUESTION = "select visit, band, seeing, maglim from visit_detector where instrument = 'DECam' order by seeing"
EXAMPLES = """
select (select run from run where n_units > 0 order by run_id limit 1) as run,
       (select run from run where n_units > 0 order by run_id offset 1 limit 1) as other,
       (select 'DECam/' || min(visit) from visit where instrument = 'DECam') as visit,
       (select min(dataset_id) from dataset where dataset_type = 'visit_image' and instrument = 'DECam') as dataset"""


def addresses() -> Iterator[tuple[str, str, Scheme]]:
    """Give name, address and colours of each picture, with what the demo has put into the ledger."""
    run, other, visit, dataset = next(iter(connect().sql(EXAMPLES))).values()
    yield "home", "/", "light"
    yield "runs", "/runs", "light"
    yield "run", f"/runs/{run}", "light"
    if other:  # a second run, such as the page on comparison makes
        yield "compare", f"/compare?a={run}&b={other}", "light"
        yield "compare-plots", f"/compare?a={run}&b={other}#plots", "light"
    yield "operations", "/operations", "light"
    yield "visits", "/visits", "light"
    yield "visit", f"/visit/{visit}", "light"
    yield "visit-dark", f"/visit/{visit}", "dark"
    yield "metrics", "/quality", "light"
    yield "metric", "/quality/calibrate.astromDecRms", "light"
    yield "sky", "/sky", "light"
    yield "catalogs", "/catalogs", "light"
    yield "catalog", "/catalogs/source", "light"
    yield "dataset", f"/dataset/{dataset}", "light"
    yield "failures", "/failures", "light"
    yield "console", f"/console?sql={QUESTION}&x=seeing&y=maglim", "light"


def take(browser: Browser, address: str, scheme: Scheme, path: Path) -> None:
    """Take a picture of a page when its charts are drawn, and keep few colours of it."""
    with browser.window(scheme) as (window, said):
        window.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
        window.goto(address)  # until it has loaded: charts are drawn and pictures are there by then
        window.wait_for_timeout(ANIMATED)
        if said:
            raise SystemExit(f"{address}: the browser says {said[0]}")
        picture = Image.open(io.BytesIO(window.screenshot()))
    picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with serving(settings()) as site, browsing() as browser:
        for name, address, scheme in addresses():
            take(browser, site.address + address, scheme, PICTURES / f"{name}.png")
            print(f"took {name}")


if __name__ == "__main__":
    main()
