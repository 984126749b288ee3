"""The client of notebooks: `import skyledger; ledger = skyledger.connect()`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from queries.datasets.ask import ask
from queries.datasets.search import Search
from queries.errors import BadPart
from queries.get import Part, Reference, find_file, read_part
from queries.named import bind, named
from queries.readonly import Limits, answer_named, answer_user
from queries.result import Result
from schema.ledger.times import moment
from schema.settings import Settings, settings

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    from astropy.io import fits

    from queries.get_image import Box


@dataclass(frozen=True)
class Client:
    """A reader of the ledger; it can change nothing."""

    using: Settings
    limits: Limits = field(default_factory=Limits)

    def sql(self, statement: str, *, time_limit: float | None = None, row_limit: int | None = None) -> Result:
        """Answer one SQL statement on the views.

        Parameters
        ----------
        time_limit
            Seconds after which it is cancelled; 30 by default.
        row_limit
            Rows that are kept; 100,000 by default, and `Result.note` says when there were more.

        Raises
        ------
        RefusedSql, TimeLimit
            Raised if it is wrong, more than reading, or too long.
        """
        limits = Limits(
            self.limits.seconds if time_limit is None else time_limit,
            self.limits.rows if row_limit is None else row_limit,
        )
        return Result(answer_user(statement, self.using, limits))

    def query(self, name: str, /, **parameters: Any) -> Result:
        """Answer a named query, e.g. `query("light_curve", ra=186.74, dec=25.46, radius="2 arcsec")`.

        Raises
        ------
        WrongCall
            Raised if there is no such query, or it takes other parameters.
        """
        asked = named(name)
        return Result(answer_named(asked, bind(asked, parameters), self.using, self.limits))

    def datasets(self, where: str | None = None, *, order: Sequence[str] = (), **asked: Any) -> Result:
        """Find datasets, e.g. `datasets("metric('seeing') < 1.2", dataset_types=["source"], collections=["best"])`.

        Parameters
        ----------
        where
            Condition, as docs/collections.md explains.
        order
            Fields to sort by, `-` before one turns its order round.
        asked
            What else a `Search` takes: dataset_types, collections, without, bind, at, valid_at, every.

        Raises
        ------
        BadExpression, BadSearch
            Raised if the question cannot be read, or names what there is not.
        """
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in asked.items()
        }
        if isinstance(given.get("at"), str):
            given["at"] = moment(given["at"])
        return Result(ask(Search(where=where, **given), self.using, self.limits, order))

    def get(
        self,
        dataset: Reference,
        *,
        columns: Sequence[str] | None = None,
        rows: slice | tuple[int, int] | None = None,
        where: "pc.Expression | None" = None,
        box: "Box | str | None" = None,
    ) -> "pa.Table | fits.HDUList | Path":
        """Give a dataset or a part of it: a table as an Arrow table, anything else as the path of its file.

        The rest of the file is not read. Where the dataset is an HDU of its file, `part` in the view `dataset` names
        it.

        Parameters
        ----------
        dataset
            Key, uid, or a row with a `uid`, such as `datasets` gives.
        columns, rows, where
            Of a table: names, first row and the one behind the last, condition of pyarrow.
        box
            Of an image: `"x0:x1,y0:y1"` in pixels from 0, or `"ra,dec,size"` in degrees; given as FITS HDUs in memory.

        Raises
        ------
        UnknownDataset
            Raised if there is none, or no file of it is left.
        BadPart
            Raised if it has no such part.
        """
        path, hdu = find_file(dataset, self.using, self.limits)
        if isinstance(box, str):
            from queries.get_image import read_box

            box = read_box(box)
        if isinstance(rows, slice) and rows.step not in (None, 1):
            raise BadPart(path.name, f"rows are read one after the other: slice the answer by the step {rows.step}")
        chosen = (
            (rows.start or 0, rows.stop if rows.stop is not None else sys.maxsize) if isinstance(rows, slice) else rows
        )
        return read_part(path, hdu, Part(columns, chosen, where, box))


def connect(dsn: str | None = None) -> Client:
    """Give a reader of the ledger.

    Parameters
    ----------
    dsn
        Connection string of a login that may read the views; by default the ledger of the `SKYLEDGER_…`
        variables, or the embedded one.
    """
    chosen = settings()
    if dsn is not None:
        chosen = chosen.model_copy(update={"database_url": SecretStr(dsn), "reader_url": SecretStr(dsn)})
    return Client(chosen)
