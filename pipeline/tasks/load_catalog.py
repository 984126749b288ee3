"""Rows of a run's Parquet catalogs into the database."""

import logging

from psycopg import Error

from ingest.loads.files import ParquetFile, files_to_load
from ingest.loads.fit import fitting
from ingest.loads.load import BY_ANOTHER, load
from pipeline.errors import BadInput, NoWork, Retriable
from pipeline.task import Ledger, LedgerTask, Resources, Result, TaskConfig
from schema.catalog.definition import definition

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
    resources = Resources(time_limit_s=86_400)  # it grows with the run

    def run(self, ledger: Ledger) -> Result:
        """Load what is not in the table yet, as one partition; what does not fit the table does not stop the rest."""
        assert isinstance(self.config, LoadCatalogConfig)
        catalog = self.config.catalog
        files = files_to_load(ledger.connection, catalog, ledger.run_id, self.config.dataset_type)
        if not files:
            raise NoWork(f"every {self.config.dataset_type} of the run is in {catalog}, or is leaving it")
        fit, refused = fitting(ledger.store, definition(catalog), files)
        if fit:
            self._load(ledger, fit)
        if refused:
            raise BadInput(f"{len(refused)} of {len(files)} files stay out of {catalog}: {refused[0]}")
        return Result()

    def _load(self, ledger: Ledger, files: list[ParquetFile]) -> None:
        assert isinstance(self.config, LoadCatalogConfig)
        catalog = self.config.catalog
        try:
            rows = load(ledger.connection, ledger.store, catalog, ledger.run_id, files, ledger.token)
        except Error as error:
            if error.sqlstate not in BY_ANOTHER:
                raise
            raise Retriable(f"catalog {catalog} is being loaded by somebody else") from error
        log.info("%d rows of %d files into %s", rows, len(files), catalog)
