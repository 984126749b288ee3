"""Parameters of the calibration of one detector image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.pixels.detection import Criteria


@dataclass(frozen=True)
class CalibrateConfig:
    """All numbers that `pipeline.pixels.calibrate.calibrate` may be told.

    Parameters
    ----------
    mesh_size
        Side of a background mesh cell (pixels). Larger than any source, smaller than sky gradients.
    mesh_filter
        Side of the median filter over mesh cells (cells).
    detection_filter
        'psf': the filter is the PSF, and the threshold is in standard deviations of the filtered image. 'pyramid':
        3 x 3 pixels, and the threshold is in standard deviations of a pixel before the filter, as SExtractor counts.
    detection_threshold
        Least value of a pixel of a footprint, in those standard deviations.
    min_area
        Fewest connected pixels above the threshold.
    deblend_levels
        Levels between threshold and peak at which a footprint is searched for branches.
    deblend_contrast
        Least part of the footprint's flux that makes a branch a source of its own; 1 splits nothing.
    psf_half_size
        Half side of the PSF stamp (pixels); the PSF sums to 1 over this radius. 12 puts PSF fluxes
        on the scale of the 12-pixel aperture.
    psf_min_snr
        Least signal to noise of a PSF star.
    psf_max_stars
        Most PSF stars used: the brightest ones.
    default_fwhm
        FWHM (pixels) of the first detection kernel, and of the PSF when there is no star at all.
    match_radius
        Largest separation (arcsec) of a source from its standard by the WCS in force.
    search_radius
        Largest error of the header pointing that is searched (arcsec).
    search_rotation
        Largest error of the header rotation that is searched (degrees).
    min_standards
        Fewest standards that fit a WCS, and below which a zero point is flagged.
    standard_min_snr
        Least signal to noise of a source that is compared with a standard.
    colour_terms
        Band to coefficients c0, c1, ... of m_band = m + c0 + c1 C + c2 C^2 + ... (AB from reference magnitudes); the
        pipeline's YAML holds the published ones. A single coefficient stands for no colour term, and is flagged.
    colour_range
        Range of the colour C (mag) where the colour terms hold.
    reference_magnitude, reference_colour
        Columns of the `reference_star` table that hold the magnitude m, and the two magnitudes whose difference is C.
    """

    mesh_size: int = 64
    mesh_filter: int = 3
    detection_filter: Literal["psf", "pyramid"] = "psf"
    detection_threshold: float = 5.0
    min_area: int = 3
    deblend_levels: int = 32
    deblend_contrast: float = 0.005
    psf_half_size: int = 12
    psf_min_snr: float = 30.0
    psf_max_stars: int = 150
    default_fwhm: float = 4.0
    match_radius: float = 1.0
    search_radius: float = 30.0
    search_rotation: float = 1.0
    min_standards: int = 5
    standard_min_snr: float = 10.0
    colour_terms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    colour_range: tuple[float, float] = (-0.6, 4.1)
    reference_magnitude: str = "gMag"
    reference_colour: tuple[str, str] = ("bpMag", "rpMag")

    @property
    def criteria(self) -> Criteria:
        """What makes a detection."""
        return Criteria(self.detection_threshold, self.min_area, self.deblend_levels, self.deblend_contrast)
