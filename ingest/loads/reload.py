"""Catalog tables made anew from their Parquet files."""

from collections.abc import Callable
from typing import Any

from psycopg import Connection

from ingest.loads.files import LostFile, files_of
from ingest.loads.listing import Load, WrongLoad, listed
from ingest.loads.load import load
from ingest.loads.staging import copy_in, new_token
from schema.catalog.definition import definition
from schema.doctor_deep import LOST
from schema.errors import StoreBroken
from schema.store import Store


def lost_loads(connection: Connection[Any]) -> list[Load]:
    """Find the loads that were published and whose partition is not there."""
    lost = f"select l.load_id from ingest.load l where {LOST}"  # noqa: S608  # a constant of ours
    return listed(connection, [row[0] for row in connection.execute(lost)])


def reload(
    connection: Connection[Any], store: Store, lost: Load, progress: Callable[[], object] = lambda: None
) -> None:
    """Make the partition of a load anew, in one transaction: killed anywhere, the load is still found to be lost."""
    files = files_of(connection, lost.load_id)
    with connection.transaction():
        token = new_token(connection)
        (published,) = connection.execute(
            """update ingest.load set state = 'open', staged = null, n_rows = null where load_id = %s
               returning published_at""",
            [lost.load_id],
        ).fetchall()[0]
        copy_in(connection, store, definition(lost.target), lost.load_id, files, token, progress)
        connection.execute("select ingest.verify(%s, %s)", [lost.load_id, token])
        connection.execute("select ingest.publish(%s, %s)", [lost.load_id, token])
        connection.execute("update ingest.load set published_at = %s where load_id = %s", [published, lost.load_id])


def reload_all(
    connection: Connection[Any], store: Store, progress: Callable[[], object] = lambda: None
) -> tuple[list[Load], list[str]]:
    """Make every lost partition anew.

    Parameters
    ----------
    progress
        Called after each file.

    Returns
    -------
    The loads that are back, and a sentence for each that lacks a file: it stays as it was.
    """
    back, problems = [], []
    for lost in lost_loads(connection):
        try:
            reload(connection, store, lost, progress)
            back.append(lost)
        except (LostFile, StoreBroken) as error:
            problems.append(str(error))
    return back, problems


def load_again(
    connection: Connection[Any], store: Store, retired: Load, progress: Callable[[], object] = lambda: None
) -> int:
    """Bring the rows of a retired load back as a new load; give their number.

    Raises
    ------
    WrongLoad
        Raised if it is not retired, was merged, or others have brought its rows back.
    LostFile
        Raised if a file has no copy left.
    """
    if retired.state != "retired":
        raise WrongLoad(retired.load_id, f"is {retired.state} and not retired")
    if retired.merged_into is not None:
        raise WrongLoad(retired.load_id, f"was merged into {retired.merged_into}")
    live = "select dataset_id from ingest.load_file where target = %s and live"
    there = {row[0] for row in connection.execute(live, [retired.target])}
    files = [file for file in files_of(connection, retired.load_id) if file.dataset_id not in there]
    if not files:
        raise WrongLoad(retired.load_id, "has no rows that are not in the table again")
    return load(connection, store, retired.target, retired.run_id, files, new_token(connection), progress)
