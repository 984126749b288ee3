"""Home: what is in the ledger, what runs, what is red."""

from urllib.parse import quote

from fastapi import APIRouter, Response

from queries.web.desk import Here
from queries.web.pages.metrics import red_table
from queries.web.pages.runs import NO_RUNS, RUN_HEADINGS
from queries.web.parts import table

router = APIRouter()


@router.get("/")
def home(desk: Here) -> Response:
    """Show what a newcomer asks first."""
    instruments = desk.ask("instrument_summary")
    sums = {name: sum(row[name] for row in instruments.rows) for name in ("n_exposures", "n_images", "n_sources")}
    return desk.page(
        "home.html",
        title="The ledger of the sky",
        lead="What this survey has taken in, measured and found wanting; follow what is red, or choose a page.",
        sums=sums,
        instruments=table(
            instruments,
            "Instruments",
            "What each camera has sent, and what was measured on it. A name leads to its visits.",
            {
                "instrument": "Instrument",
                "n_exposures": "Exposures",
                "bands": "Bands",
                "first_night": "First night",
                "last_night": "Last night",
                "n_images": "Images measured",
                "n_sources": "Sources",
                "description": "Camera",
            },
            links={"instrument": lambda row: f"/visits?instrument={quote(row['instrument'])}"},
            empty="Nothing has come in yet: `skyledger demo`, or `skyledger ingest exposures FOLDER`.",
        ),
        red=red_table(desk, n=10),
        runs=table(
            desk.ask("runs", n=8),
            "Newest runs",
            "What was done last. A name leads to the run.",
            RUN_HEADINGS,
            empty=NO_RUNS,
        ),
    )
