"""A row in every table of the registry and in what hangs on it."""

from pathlib import Path

ROWS = Path(__file__).with_suffix(".sql").read_text()
