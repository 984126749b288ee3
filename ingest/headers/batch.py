"""Descriptions of many files; what cannot be described is a sentence."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ingest.cameras.errors import BadExposureFile
from ingest.headers.describe import describe_file
from ingest.headers.description import Description
from ingest.report import SUFFIXES as FITS

SUFFIXES = (*FITS, ".yaml", ".yml", ".json", ".header", ".hdr")


def describe_files(
    paths: Iterable[Path], progress: Callable[[], object] = lambda: None
) -> tuple[list[Description], list[str]]:
    """Describe files; give the descriptions, and a sentence for each file that has none.

    Parameters
    ----------
    progress
        Called once per file.
    """
    described: list[Description] = []
    refused: list[str] = []
    for path in paths:
        try:
            described += describe_file(path)
        except BadExposureFile as error:
            refused.append(str(error))
        except OSError as error:
            refused.append(f"{path}: {error.strerror or 'cannot be read'}; check the path and its permissions")
        progress()
    return described, refused
