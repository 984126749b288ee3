"""Catalogs made elsewhere into the ledger: `skyledger ingest catalog`."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from psycopg import Connection

from ingest.catalogs.delivered import Delivered, inspect
from ingest.catalogs.errors import BadCatalogFile, ForeignRun, UnknownInstrument
from ingest.catalogs.footprints import elsewhere
from ingest.catalogs.images import Images
from ingest.catalogs.making import Made, make, rehearse
from ingest.catalogs.numbers import shared
from ingest.catalogs.plan import Planned, There, plan
from ingest.catalogs.recipe import Recipe
from ingest.catalogs.register import register
from ingest.loading import load_members
from ingest.report import Outcome, Report
from schema.ledger.collections import find, make_run
from schema.store import Store

BATCH = 500  # files of one transaction
NAME = re.compile(r"[A-Za-z0-9][\w./-]{0,199}")
RUN = """
select c.collection_id, r.pipeline = 'ingest' from registry.collection c
left join registry.run r on r.run_id = c.collection_id where c.name = %s"""

Item = TypeVar("Item")
Result = TypeVar("Result")

Place = tuple[int, int]
"""Exposure and detector."""


def ingest_catalogs(
    connection: Connection[Any],
    store: Store,
    paths: Sequence[Path],
    progress: Callable[[], object] = lambda: None,
    *,
    recipe: Recipe,
    name: str,
    dry_run: bool = False,
) -> Report:
    """Register catalogs that were made elsewhere, convert them, and load their rows.

    Each image that a file has rows of becomes a dataset of the table's type, made by a quantum that read the file and,
    where the ledger has them, the datasets that the software read. A batch of files is one transaction; the rows come
    after all batches, some thousand files a load.

    Parameters
    ----------
    name
        Run that the datasets go into; it is made when it is new.
    progress
        Called once per file.
    dry_run
        Say what would become of the files, and write nothing.

    Raises
    ------
    ForeignRun
        Raised if the run cannot be called so, or is another pipeline's.
    UnknownInstrument
        Raised if the ledger has nothing of the recipe's instrument.
    UnknownCollection
        Raised if nobody made the collection that the recipe names.
    """
    _refuse_unknown_instrument(connection, recipe)
    find(connection, [recipe.made_by.inputs_from] if recipe.made_by.inputs_from else [])
    run = _find_run(connection, name)
    if run is None and not dry_run:
        made_by = f"{recipe.made_by.software} {recipe.made_by.version}"
        run = make_run(connection, name, "ingest", bytes(32), f"Catalogs of {recipe.instrument} made by {made_by}.")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        ingest = _Ingest(connection, recipe, run, pool, progress)
        for start in range(0, len(paths), BATCH):
            waiting = ingest.look(paths[start : start + BATCH])
            while waiting:
                work, there, waiting = ingest.choose(waiting)
                if run is None or dry_run:
                    ingest.rehearse(work, there)
                else:
                    ingest.bring_in(run, store, work, there)
    if run is not None and not dry_run:
        load_members(connection, store, recipe.catalog, run)
    return ingest.report


class _Ingest:
    """Batches of files of one recipe into one run."""

    def __init__(
        self,
        connection: Connection[Any],
        recipe: Recipe,
        run: int | None,
        pool: ThreadPoolExecutor,
        progress: Callable[[], object],
    ) -> None:
        self.report = Report()
        self._connection, self._recipe, self._run = connection, recipe, run
        self._pool, self._progress = pool, progress
        self._images = Images(recipe)
        self._taken: dict[Place, Path] = {}

    def look(self, paths: Sequence[Path]) -> list[Delivered]:
        """Give the files of a batch that are of images that the ledger knows; the others are reported and done with."""
        delivered = list(self._good(partial(inspect, recipe=self._recipe), paths))
        self._images.look_up(self._connection, {key for file in delivered for key in file.keys})
        return [file for file in delivered if self._is_in_place(file)]

    def choose(self, files: Sequence[Delivered]) -> tuple[list[Planned], There, list[Delivered]]:
        """Tell what is to be done of files, and which must wait: another one of the same image comes in, or is refused.

        Files that are bad or known are reported and done with.
        """
        fit: list[Delivered] = []
        waiting: list[Delivered] = []
        for file in files:
            rival = self._rival(file)
            if rival is None:
                fit.append(file)
                self._taken |= dict.fromkeys(self._places(file), file.path)
            elif rival[1] not in self.report.outcomes:
                waiting.append(file)
            else:
                self._refuse(_double(file, *rival))
        planned = plan(self._connection, self._recipe, self._images, fit)
        there = There(self._connection, self._run, planned)
        return [one for one in planned if self._is_work(one, there)], there, waiting

    def bring_in(self, run: int, store: Store, work: Sequence[Planned], there: There) -> None:
        """Convert files and register them; one that turns out to be bad stays out."""
        made = self._made(partial(make, store, self._recipe), work)
        register(self._connection, run, self._recipe, made)
        for one in made:
            self._note(there, one)

    def rehearse(self, work: Sequence[Planned], there: There) -> None:
        """Convert files in memory alone."""
        for one in self._made(partial(rehearse, self._recipe), work):
            self._note(there, one)

    def _made(self, convert_one: Callable[[Planned], Made], work: Sequence[Planned]) -> list[Made]:
        """Convert files; those that share identifiers with others, or lie elsewhere on the sky, are reported."""
        made = []
        for one in self._good(convert_one, work):
            made.append(one)
            self._progress()
        refused = shared([(one.planned.file, one.numbers) for one in made], self._recipe)
        lost = elsewhere(self._connection, [sample for one in made for sample in one.samples])
        for place, one in enumerate(made):
            if any(digest in lost for digest, _ in one.samples):
                problem = "none of the rows that were looked at lies on the image that it is said to be of"
                error = BadCatalogFile(one.planned.file.path, problem, "correct the data_id or a unit of the recipe")
                refused.setdefault(place, error)
        for error in refused.values():
            self.report.refuse(error.path, str(error))
        return [one for place, one in enumerate(made) if place not in refused]

    def _good(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Do something with files, several at a time; those that are bad are reported and done with."""
        for future in [self._pool.submit(function, item) for item in items]:
            try:
                yield future.result()
            except BadCatalogFile as error:
                self._refuse(error)

    def _is_in_place(self, file: Delivered) -> bool:
        """Report a file of images that the ledger does not know, or with one image under two names."""
        remedy = "ingest its exposures first, or correct the data_id of the recipe"
        for key in file.keys:
            if problem := self._images.problem(key):
                self._refuse(BadCatalogFile(file.path, problem, remedy))
                return False
        (place, times), *_ = Counter(self._places(file)).most_common(1)
        if times > 1:
            self._refuse(_double(file, place, file.path))
        return times == 1

    def _places(self, file: Delivered) -> list[Place]:
        return [(image.exposure, image.detector) for image in map(self._images.image, file.keys)]

    def _rival(self, file: Delivered) -> tuple[Place, Path] | None:
        """Find an image of a file that another file of this command has, unless that one was refused."""
        for place in self._places(file):
            first = self._taken.get(place)
            if first is not None and self.report.outcomes.get(first) != "refused":
                return place, first
        return None

    def _is_work(self, planned: Planned, there: There) -> bool:
        """Report a file that is known, or marked bad."""
        if there.is_bad(planned):
            remedy = "revoke the mark to use it"
            self._refuse(BadCatalogFile(planned.file.path, "is marked bad in the ledger and stays out", remedy))
        elif there.has(planned):
            self.report.outcomes[planned.file.path] = "known"
            self._progress()
        else:
            return True
        return False

    def _note(self, there: There, made: Made) -> None:
        """Report a file that came in."""
        path = made.planned.file.path
        before = [there.content(one) for one in made.planned.conversions.values()]
        outcome: Outcome = "other content"
        if all(one is None for one in before):
            outcome = "new"
        elif all(old in (None, new) for old, new in zip(before, made.contents, strict=True)):
            outcome = "converted again"
        else:
            self.report.sentences.append(
                f"{path.name}: a catalog of the same image came before with other content; this one takes its place"
            )
        self.report.outcomes[path] = outcome

    def _refuse(self, error: BadCatalogFile) -> None:
        self.report.refuse(error.path, str(error))
        self._progress()


def _double(file: Delivered, place: Place, first: Path) -> BadCatalogFile:
    problem = f"holds exposure {place[0]}, detector {place[1]}, which {first} has already"
    return BadCatalogFile(file.path, problem, "one data ID has one catalog in a run")


def _find_run(connection: Connection[Any], name: str) -> int | None:
    """Give the key of a run that is there."""
    if not NAME.fullmatch(name):
        raise ForeignRun(name, "use up to 200 letters, digits and ._/-, and begin with a letter or digit")
    row = connection.execute(RUN, [name]).fetchone()
    if row is not None and not row[1]:
        raise ForeignRun(name, "that name is taken by a run of a pipeline, or by a collection; choose another --run")
    return row[0] if row else None


def _refuse_unknown_instrument(connection: Connection[Any], recipe: Recipe) -> None:
    known = [name for (name,) in connection.execute("select instrument from registry.instrument order by 1")]
    if recipe.instrument not in known:
        raise UnknownInstrument(recipe.instrument, known)
