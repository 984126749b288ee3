"""Rows of a run's Parquet catalogs into the database."""

import logging

from psycopg import errors

from ingest.loads.load import files_to_load, load
from pipeline.errors import NoWork, Retriable
from pipeline.task import Ledger, LedgerTask, Result, TaskConfig

log = logging.getLogger("skyledger.load_catalog")


class LoadCatalogConfig(TaskConfig):
    """Which datasets go into which table."""

    catalog: str
    dataset_type: str


class LoadCatalog(LedgerTask):
    """Bring every dataset of a type that the run has into its catalog table; what is there already stays."""

    name = "load_catalog"
    dimensions = ()
    Config = LoadCatalogConfig

    def run(self, ledger: Ledger) -> Result:
        """Load what is not in the table yet, as one partition."""
        assert isinstance(self.config, LoadCatalogConfig)
        catalog = self.config.catalog
        files = files_to_load(ledger.connection, catalog, ledger.run_id, self.config.dataset_type)
        if not files:
            raise NoWork(f"every {self.config.dataset_type} of the run is in {catalog}")
        try:
            rows = load(ledger.connection, ledger.store, catalog, ledger.run_id, files, ledger.token)
        except (errors.UniqueViolation, errors.LockNotAvailable, errors.DeadlockDetected) as error:
            # Another run is loading the same datasets: next time they are there.
            raise Retriable(f"catalog {catalog} is being loaded by somebody else") from error
        log.info("%d rows of %d files into %s", rows, len(files), catalog)
        return Result()
