"""The client of notebooks: `import skyledger; ledger = skyledger.connect()`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import SecretStr

from queries.errors import UnknownDataset
from queries.named import bind, named
from queries.readonly import Limits, answer, answer_named, answer_user
from queries.result import Result
from schema.settings import Settings, settings
from schema.store import Store

FIND = "select path from dataset where dataset_id = $1::int8 or uid = $2::uuid"


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

    def get(self, dataset: int | str | UUID) -> pa.Table | Path:
        """Give a dataset by its key or uid: a table as an Arrow table, anything else as the path of its file.

        Where the dataset is an HDU of its file, `part` in the view `dataset` names the HDU.

        Raises
        ------
        UnknownDataset
            Raised if there is none, or no file of it is left.
        """
        try:
            key = (int(dataset), None) if isinstance(dataset, int) else (None, UUID(str(dataset)))
        except ValueError as error:
            raise UnknownDataset(dataset, "has no such uid") from error
        rows = answer(FIND, key, self.using, self.limits).rows
        if not rows:
            raise UnknownDataset(dataset, "is not in this ledger")
        if rows[0][0] is None:
            raise UnknownDataset(dataset, "has no file left in the store")
        path = Store(self.using.store_root).locate(rows[0][0])
        return pq.read_table(path) if path.suffix == ".parquet" else path


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
