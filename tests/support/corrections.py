"""Header corrections for edited copies of the files that ship with one."""

from pathlib import Path

import yaml

from ingest.cameras.corrections.correction import Correction, shipped_corrections


def by_name() -> tuple[Correction, ...]:
    """Give what is shipped, by name alone: an edited copy has another SHA-256, and perhaps another suffix."""
    return tuple(
        correction.model_copy(update={"sha256": "", "name": f"{correction.name.removesuffix('.fits')}.*"})
        for correction in shipped_corrections()
    )


def write_corrections(path: Path, corrections: tuple[Correction, ...]) -> Path:
    """Write a correction file."""
    path.write_text(yaml.safe_dump({"corrections": [one.model_dump(exclude_defaults=True) for one in corrections]}))
    return path
