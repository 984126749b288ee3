"""The task that loads catalogs: what fits comes in, what does not is told."""

from typing import Any

import pyarrow.parquet as pq
import pytest
from psycopg import Connection

from ingest.loads.staging import new_token
from pipeline.errors import BadInput, NoWork
from pipeline.task import Ledger
from pipeline.tasks.load_catalog import LoadCatalog, LoadCatalogConfig
from schema.settings import Settings
from schema.store import Store
from tests.support.shelf import rows_of, run_of, shelve

pytestmark = pytest.mark.database
TASK = LoadCatalog(LoadCatalogConfig(catalog="source", dataset_type="source"))


@pytest.fixture
def given(owner: Connection[Any], ledger: Settings) -> Ledger:
    """Give what the task gets."""
    return Ledger(owner, Store(ledger.store_root), run_of(owner), new_token(owner))


def test_a_file_that_does_not_fit_stays_out_and_the_others_come_in(given: Ledger, owner: Connection[Any]) -> None:
    files = shelve(owner, given.store, 3)
    path = given.store.locate(files[1].path)
    pq.write_table(pq.read_table(path).drop_columns(["ra"]), path)
    with pytest.raises(BadInput, match=r"1 of 3 files stay out of source: .* it has no columns ra"):
        TASK.run(given)
    assert rows_of(owner) == {files[0].dataset_id: 3, files[2].dataset_id: 3}
    with pytest.raises(BadInput, match="1 of 1 files"):
        TASK.run(given)


def test_what_is_there_is_not_loaded_again(given: Ledger, owner: Connection[Any]) -> None:
    shelve(owner, given.store, 2)
    TASK.run(given)
    with pytest.raises(NoWork):
        TASK.run(given)


def test_what_somebody_retires_is_left_alone(given: Ledger, owner: Connection[Any]) -> None:
    shelve(owner, given.store, 1)
    TASK.run(given)
    owner.execute("select * from ingest.begin_retire(1)")
    with pytest.raises(NoWork, match="every source of the run is in source, or is leaving it"):
        TASK.run(given)
