"""Fluxes at given sky positions of one detector image."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from pipeline.errors import NoWork
from pipeline.image import Image
from pipeline.pixels.forced_catalog import ForcedCatalog, force_catalog
from pipeline.pixels.reference import positions_at
from pipeline.task import Input, Metric, Output, Prerequisite, Result, Task, TaskConfig
from schema.catalog.definition import arrow_schema, definition
from schema.sky import healpix29


class ForcedPhotometryConfig(TaskConfig):
    """How positions are brought onto the image."""

    shift_min_snr: float = Field(20.0, gt=0, description="Least signal to noise of a star that shows a shift.")
    shift_min_stars: int = Field(3, ge=1, description="Fewest stars that show a shift; with fewer there is none.")


class ForcedPhotometry(Task):
    """Fit the PSF at the positions of all lists that overlap an image: fluxes that do not depend on detection."""

    name = "forced_photometry"
    dimensions = ("instrument", "exposure", "detector")
    Config = ForcedPhotometryConfig
    image = Input("visit_image", "image")
    positions = Prerequisite("position", "table")
    forced = Output("forced_source", "table", catalog="forced_source")

    nForcedSource = Metric("forced", "", "Number of positions on the image.")
    noiseScale = Metric("forced", "", "Scatter of fluxes on empty sky over their errors; the errors were raised by it.")
    positionShift = Metric("forced", "pixel", "Distance by which the positions were moved to meet the stars.")
    nShiftStar = Metric("forced", "", "Stars that show that shift; 0 when it is assumed to be none.")

    def run(self, image: Image, positions: Sequence[pa.Table]) -> Result:
        """Measure the lists one by one, each as if the others were not there.

        Raises
        ------
        NoWork
            Raised if no position lies on the image.
        """
        lists = _by_list(positions)
        measured = {name: self._measure(image, table) for name, table in lists.items()}
        found = {name: catalog for name, catalog in measured.items() if len(catalog.rows)}
        if not found:
            raise NoWork("no listed position lies on the image")
        table = pa.concat_tables(_rows(image, lists[name], catalog) for name, catalog in found.items())
        order = np.argsort(table["_healpix_29"].to_numpy(), kind="stable")
        # Every list finds the same sky and nearly the same shift; the longest list knows best.
        best = max(found.values(), key=lambda catalog: (catalog.shift.n_stars, len(catalog.rows)))
        metrics = {
            "nForcedSource": float(table.num_rows),
            "noiseScale": best.scale.value,
            "positionShift": math.hypot(best.shift.dx, best.shift.dy),
            "nShiftStar": float(best.shift.n_stars),
        }
        return Result({"forced": table.take(order)}, metrics)

    def _measure(self, image: Image, table: pa.Table) -> ForcedCatalog:
        """Measure one list."""
        assert isinstance(self.config, ForcedPhotometryConfig)
        if image.psf is None:
            raise NoWork("the image has no PSF model")
        ra, dec = _now(table, image.exposure.mid_mjd_tai)
        config = self.config
        return force_catalog(image.exposure, image.psf, ra, dec, config.shift_min_snr, config.shift_min_stars)


def _by_list(tables: Sequence[pa.Table]) -> dict[str, pa.Table]:
    """Put the cells of each list together, by its name."""
    if not tables:
        return {}
    joined = pa.concat_tables(tables)
    names = joined["positionList"].to_numpy(zero_copy_only=False)
    return {name: joined.filter(pa.array(names == name)) for name in sorted(set(names))}


def _now(table: pa.Table, mjd_tai: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the positions at a time (degrees)."""
    names = ("ra", "dec", "epochMjdTai", "pmRa", "pmDec")
    rows = np.empty(table.num_rows, dtype=[(name, np.float64) for name in names])
    for name in names:
        rows[name] = table[name].to_numpy()
    return positions_at(rows, mjd_tai)


def _rows(image: Image, table: pa.Table, catalog: ForcedCatalog) -> pa.Table:
    """Make rows of `forced_source` of what was measured for one list."""
    n = len(catalog.rows)
    ra, dec = (values[catalog.rows] for values in _now(table, image.exposure.mid_mjd_tai))
    facts = image.facts
    same = {name: np.full(n, facts[name]) for name in ("instrument", "visit", "detector", "physical_filter")}
    columns: dict[str, NDArray[Any]] = {
        **{name: table[name].to_numpy(zero_copy_only=False)[catalog.rows] for name in ("objectId", "positionList")},
        **same,
        "band": np.full(n, image.exposure.band),
        "expMidptMJD": np.full(n, image.exposure.mid_mjd_tai),
        "coord_ra": ra,
        "coord_dec": dec,
        **catalog.columns,
        "_healpix_29": healpix29(ra, dec),
    }
    wanted = arrow_schema(definition("forced_source"))
    arrays = [pa.array(columns[field.name], type=field.type) for field in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)
