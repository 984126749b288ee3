"""Sky, PSF, sources, astrometry and photometry of one detector image."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from pipeline.errors import BadInput
from pipeline.image import Image
from pipeline.pixels.calibrate import Calibrated, calibrate
from pipeline.pixels.config import CalibrateConfig as Parameters
from pipeline.pixels.errors import BadImage
from pipeline.task import Input, Metric, Output, Prerequisite, Result, Task, TaskConfig
from schema.catalog.definition import arrow_schema, definition
from schema.sky import healpix29
from schema.source_id import SourceIdsFull, first_source_id

DEFAULTS = Parameters()


class CalibrateConfig(TaskConfig):
    """Parameters of the calibration: see `pipeline.pixels.config`, where each is explained."""

    reference_catalog: str = "gaia_dr2"
    mesh_size: int = Field(DEFAULTS.mesh_size, ge=16)
    mesh_filter: int = Field(DEFAULTS.mesh_filter, ge=1)
    detection_threshold: float = Field(DEFAULTS.detection_threshold, gt=0)
    min_area: int = Field(DEFAULTS.min_area, ge=1)
    detection_filter: Literal["psf", "pyramid"] = DEFAULTS.detection_filter
    deblend_levels: int = Field(DEFAULTS.deblend_levels, ge=1)
    deblend_contrast: float = Field(DEFAULTS.deblend_contrast, ge=0, le=1)
    psf_half_size: int = Field(DEFAULTS.psf_half_size, ge=4)
    psf_min_snr: float = Field(DEFAULTS.psf_min_snr, gt=0)
    psf_max_stars: int = Field(DEFAULTS.psf_max_stars, ge=1)
    default_fwhm: float = Field(DEFAULTS.default_fwhm, gt=0)
    match_radius: float = Field(DEFAULTS.match_radius, gt=0)
    search_radius: float = Field(DEFAULTS.search_radius, gt=0)
    search_rotation: float = Field(DEFAULTS.search_rotation, ge=0)
    min_standards: int = Field(DEFAULTS.min_standards, ge=3)
    standard_min_snr: float = Field(DEFAULTS.standard_min_snr, gt=0)
    colour_terms: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    colour_range: tuple[float, float] = DEFAULTS.colour_range
    reference_magnitude: str = DEFAULTS.reference_magnitude
    reference_colour: tuple[str, str] = DEFAULTS.reference_colour

    def parameters(self) -> Parameters:
        """Give the same as the pixel code takes it."""
        return Parameters(**{field.name: getattr(self, field.name) for field in fields(Parameters)})


class Calibrate(Task):
    """Measure PSF, background, sources, astrometry and photometry of one detector image."""

    name = "calibrate"
    dimensions = ("instrument", "exposure", "detector")
    Config = CalibrateConfig
    image = Input("post_isr_image", "image")
    reference = Prerequisite("reference_star", "table", collection="refcats/{reference_catalog}")
    visit_image = Output("visit_image", "image")
    sources = Output("source", "table", catalog="source")
    summary = Output("visit_detector", "table", catalog="visit_detector")

    nSource = Metric("sources", "", "Number of detected sources.")
    seeing = Metric("visit_image", "arcsec", "FWHM of the PSF.")
    ellipticity = Metric("visit_image", "", "Ellipticity of the PSF, distortion convention.")
    skyBg = Metric("visit_image", "count", "Mean sky level, in the pixel unit.")
    skyNoise = Metric("visit_image", "count", "Noise of the sky per pixel, in the pixel unit.")
    magLim = Metric("visit_image", "mag", "AB magnitude of a point source at 5 sigma.")
    zeroPoint = Metric("visit_image", "mag", "AB magnitude of one pixel unit.")
    zeroPointScatter = Metric("visit_image", "mag", "Scatter of the standards about the zero point.")
    astromRaRms = Metric("visit_image", "arcsec", "Residual to the reference stars in right ascension, rms.")
    astromDecRms = Metric("visit_image", "arcsec", "Residual to the reference stars in declination, rms.")

    def run(self, image: Image, reference: Sequence[pa.Table]) -> Result:
        """Calibrate and measure.

        Raises
        ------
        BadInput
            Raised if the image holds no pixel that can be used.
        """
        assert isinstance(self.config, CalibrateConfig)
        try:
            found = calibrate(image.exposure, _reference(reference), self.config.parameters())
        except BadImage as error:
            raise BadInput(str(error)) from error
        summary = {**_facts(image), **found.summary}
        outputs = {
            "visit_image": _calibrated_image(image, found),
            "sources": _table("source", _source_columns(image, found)),
            "summary": _table("visit_detector", {name: np.array([value]) for name, value in summary.items()}),
        }
        ellipticity = math.hypot(float(found.summary["psfE1"]), float(found.summary["psfE2"]))
        named = {name: float(found.summary[name]) for name in self.metrics() if name in found.summary}
        return Result(outputs, {**named, "ellipticity": ellipticity})


def _facts(image: Image) -> dict[str, Any]:
    """Give what the image says of itself, as the columns of a catalog are called."""
    exposure, facts = image.exposure, image.facts
    return {
        **{name: facts[name] for name in ("instrument", "visit", "detector", "physical_filter")},
        "band": exposure.band,
        "expTime": exposure.exp_time,
        "expMidptMJD": exposure.mid_mjd_tai,
        "obsStartMJD": facts.get("obs_start_mjd_tai", math.nan),
        "pixelUnit": exposure.pixel_unit,
    }


def _source_columns(image: Image, found: Calibrated) -> dict[str, NDArray[Any]]:
    """Give the columns of the source catalog."""
    n = len(found.sources["ra"])
    facts = image.facts
    try:
        first = first_source_id(int(facts["exposure"]), int(facts["detector"]), n)
    except SourceIdsFull as error:
        raise BadInput(str(error)) from error
    same = {name: np.full(n, facts[name]) for name in ("instrument", "visit", "detector", "physical_filter")}
    number = first + np.arange(1, n + 1)
    blend = found.sources["parent"]
    parent = np.where(blend >= 0, first + 1 + blend, 0)
    band = np.full(n, image.exposure.band)
    return {**found.sources, **same, "band": band, "sourceId": number, "parentSourceId": parent}


def _table(catalog: str, columns: dict[str, NDArray[Any]]) -> pa.Table:
    """Make a catalog of columns, sorted along the sky; whatever the definition does not know is dropped."""
    wanted = arrow_schema(definition(catalog))
    columns = {**columns, "_healpix_29": healpix29(np.asarray(columns["ra"], float), np.asarray(columns["dec"], float))}
    order = np.argsort(columns["_healpix_29"], kind="stable")
    arrays = [pa.array(columns[field.name][order], type=field.type) for field in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def _calibrated_image(image: Image, found: Calibrated) -> Image:
    """Give the image with its sky removed, its WCS and zero point replaced and its PSF beside it."""
    zero_point = float(found.summary["zeroPoint"])
    exposure = replace(
        image.exposure,
        image=(image.exposure.image - found.background).astype(np.float32),
        mask=found.mask,
        wcs=found.wcs,
        header_zero_point=zero_point if math.isfinite(zero_point) else None,
    )
    return Image(exposure, image.facts, found.psf, found.footprints)


def _reference(tables: Sequence[pa.Table]) -> NDArray[np.void] | None:
    """Join what overlaps the image of the reference catalog into one structured array; None when there is nothing."""
    if not tables:
        return None
    # A table that was converted long ago lacks the columns that came later.
    common = [name for name in tables[0].column_names if all(name in table.column_names for table in tables)]
    joined = pa.concat_tables(table.select(common) for table in tables)
    columns = {name: joined[name].to_numpy(zero_copy_only=False) for name in common if name != "catalog"}
    array = np.empty(joined.num_rows, dtype=[(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        array[name] = values
    return array
