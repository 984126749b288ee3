"""The corpus of headers."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "data" / "headers"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Give the folder of the headers of all instruments."""
    return CORPUS
