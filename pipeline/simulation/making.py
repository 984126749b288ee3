"""Frames with their truth into a folder; what is there stays."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from hashlib import file_digest
from multiprocessing import get_context
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.simulation.chip import make_amplifiers
from pipeline.simulation.frame import Telescope
from pipeline.simulation.rawfile import write_raw
from pipeline.simulation.sky import make_sky
from pipeline.simulation.survey import Survey, Wanted
from pipeline.simulation.truth_tables import crosstalk_table, detector_table, object_table, source_table

MANIFEST = "manifest.jsonl"
RAW, TRUTH = "raw", "truth"
CHUNK = 8  # frames of one detector that one process makes in a row


@dataclass(frozen=True)
class Entry:
    """What the manifest says of a frame.

    Attributes
    ----------
    name
        Of the raw file.
    recipe
        Identity of its pixels.
    digests
        SHA-256 of its files by their path in the folder, hexadecimal.
    """

    name: str
    recipe: str
    digests: dict[str, str]


def make(
    survey: Survey, frames: Sequence[Wanted], folder: Path, jobs: int = 1, advance: Callable[[], object] = lambda: None
) -> int:
    """Make frames into a folder, and the truth tables of sky and detectors.

    Parameters
    ----------
    jobs
        Processes that work side by side.
    advance
        Called once per frame.

    Returns
    -------
    How many frames were made; the others are there with the same recipe, and their bytes are as they were.
    """
    for name in (RAW, TRUTH):
        (folder / name).mkdir(parents=True, exist_ok=True)
    known = _manifest(folder)
    missing = []
    for one in frames:
        if _is_there(folder, known.get(one.name), survey.recipe(one)):
            advance()
        else:
            missing.append(one)
    with (folder / MANIFEST).open("a") as manifest:
        for entry in _made(survey, missing, folder, jobs):
            manifest.write(f"\n{json.dumps(asdict(entry))}")  # begins a line, should the last one be half written
            manifest.flush()
            advance()
    _write_truth(survey, folder)
    return len(missing)


def _made(survey: Survey, missing: Sequence[Wanted], folder: Path, jobs: int) -> Iterator[Entry]:
    """Make what is missing, detector by detector."""
    chunks = list(_chunks(missing))
    if jobs == 1 or len(chunks) == 1:
        for chunk in chunks:
            yield from make_chunk(survey, chunk, folder)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures: list[Future[list[Entry]]] = [pool.submit(_all_of_chunk, survey, chunk, folder) for chunk in chunks]
        for future in as_completed(futures):
            yield from future.result()


def _chunks(frames: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    detectors = dict.fromkeys(one.detector.number for one in frames)
    for number in detectors:
        mine = [one for one in frames if one.detector.number == number]
        yield from (mine[start : start + CHUNK] for start in range(0, len(mine), CHUNK))


def _all_of_chunk(survey: Survey, chunk: Sequence[Wanted], folder: Path) -> list[Entry]:
    return list(make_chunk(survey, chunk, folder))


def make_chunk(survey: Survey, chunk: Sequence[Wanted], folder: Path) -> Iterator[Entry]:
    """Make some frames, one after the other."""
    telescope = Telescope(survey.config, survey.camera)
    for one in chunk:
        frame = telescope.take(one.exposure, one.detector)
        files = [f"{RAW}/{one.name}"]
        write_raw(folder / files[0], survey.camera, one.detector, one.exposure, frame.raw)
        if frame.scene:
            files.append(f"{TRUTH}/{one.truth}")
            table = source_table(survey.camera, one.detector, one.exposure, frame.scene.sources)
            pq.write_table(table, folder / files[1], compression="zstd")
        yield Entry(one.name, survey.recipe(one), {file: _digest(folder / file) for file in files})


def _write_truth(survey: Survey, folder: Path) -> None:
    """Write the tables that belong to no frame."""
    effects, camera = survey.config.effects, survey.camera
    tables = {"truth_object": object_table(make_sky(survey.config))}
    for one in survey.detectors:
        truth = make_amplifiers(survey.config.seed, effects, one)
        tables[f"truth_detector_{one.name}"] = detector_table(camera, one, truth, effects)
        tables[f"truth_crosstalk_{one.name}"] = crosstalk_table(camera, one, truth)
    for name, table in tables.items():
        pq.write_table(table, folder / TRUTH / f"{name}.parquet", compression="zstd")


def _manifest(folder: Path) -> dict[str, Entry]:
    """Read what was made before; of a frame that was made again the last line counts, and half a line for nothing."""
    path = folder / MANIFEST
    found: dict[str, Entry] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[entry.name] = entry
    return found


def _is_there(folder: Path, entry: Entry | None, recipe: str) -> bool:
    """Tell whether a frame of this recipe is in the folder, with the bytes that it was written with."""
    if entry is None or entry.recipe != recipe:
        return False
    return all((folder / file).exists() and _digest(folder / file) == known for file, known in entry.digests.items())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
