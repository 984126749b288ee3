"""PSF model from stars: Moffat start, then pixels."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.moffat import correct_rings, fit_moffat, moffat_psf
from pipeline.pixels.psf import PsfModel, normalized, stamp_circle
from pipeline.pixels.psf_photometry import ITERATIONS, PsfFit, fit_sources
from pipeline.pixels.shift import shift_matrix
from pipeline.pixels.stamps import stamps_at

FEW_STARS = 4
"""Fewer stars than this give no pixel model: the Moffat profile stays."""
ORDER_STARS = ((100, 2), (20, 1))
"""(stars, order): the polynomial order that so many stars allow."""
DEVIATION = 0.1
"""Expected deviation of a PSF from its best Moffat, as a part of the local value."""
FLOOR = 0.01
"""Error of every star's pixels that does not fall with its brightness, as a part of the PSF's peak."""
ROUNDS = 4
REFINING = 2
"""Steps of the centroids when a better model measures the same stars again."""
CLIP = 4.0


def kind(psf: PsfModel) -> str:
    """Say what a model rests on: quadratic, linear or constant in position, a Moffat profile, or a guess."""
    if psf.n_stars < FEW_STARS:
        return "moffat" if psf.n_stars else "guess"
    return ("constant", "linear", "quadratic")[psf.order]


@dataclass(frozen=True)
class PsfStars:
    """A PSF model and the stars it was made of.

    Parameters
    ----------
    psf
        The model.
    used
        True for the stars that stayed to the end, shape (n,).
    """

    psf: PsfModel
    used: NDArray[np.bool_]


def _onto_grid(psf: PsfModel, fit: PsfFit, stamps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move stamps, shape (n, s, s), so that the stars fall on the center of the model grid, shape (n, m, m)."""
    nodes, side = psf.coefficients.shape[-1], stamps.shape[-1]
    rows = shift_matrix(np.rint(fit.y) - fit.y, nodes, side)
    columns = shift_matrix(np.rint(fit.x) - fit.x, nodes, side)
    return rows @ stamps @ columns.transpose(0, 2, 1)


@dataclass(frozen=True)
class _Scene:
    """Where the stars are taken from."""

    image: NDArray[np.float32]
    variance: NDArray[np.float32]
    usable: NDArray[np.bool_]

    def measure(self, fit: PsfFit, psf: PsfModel) -> PsfFit:
        """Measure the stars again with a better model."""
        return self.start(fit.x, fit.y, psf, REFINING)

    def start(
        self, x: NDArray[np.float64], y: NDArray[np.float64], psf: PsfModel, iterations: int = ITERATIONS
    ) -> PsfFit:
        """Measure stars at positions (pixels)."""
        planes = self.image, self.variance, self.usable
        return fit_sources(*planes, x, y, psf, fit_sky=False, iterations=iterations)

    def gather(self, fit: PsfFit, psf: PsfModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bring all stars, at unit flux, to the model grid: values and weights, shape (n, m, m)."""
        stamps = stamps_at(fit.x, fit.y, psf.half_size, self.image.shape)
        good = stamps.inside & stamps.cut(self.usable)
        values = stamps.cut(self.image) / fit.flux[:, None, None]
        residual = np.where(good, values - psf.images(fit.x, fit.y), 0.0)
        noise = np.sqrt(np.median(stamps.cut(self.variance), axis=(1, 2))) / fit.flux
        coverage = np.clip(_onto_grid(psf, fit, good.astype(np.float64)), 0.0, 1.0)
        peak = np.max(psf.coefficients[0])
        weight = np.where(coverage > 0.5, coverage, 0.0) / (noise**2 + (FLOOR * peak) ** 2)[:, None, None]
        weight *= stamp_circle(psf.half_size, weight.shape[-1])
        return _onto_grid(psf, fit, residual) + psf.grids(fit.x, fit.y), weight


def _fit_pixels(scene: _Scene, fit: PsfFit, psf: PsfModel, prior: PsfModel) -> PsfModel:
    """Improve the pixels of the model by the mean residual of the stars at each grid node.

    The residuals of Anderson & King (2000, PASP 112, 1360) are fitted with a polynomial in position per node, as in
    PSFEx (Bertin 2011). The Moffat start acts as a measurement with an error of `DEVIATION` of its value, which
    keeps the noise of few stars out of the wings.
    """
    values, weight = scene.gather(fit, psf)
    terms = psf.terms(fit.x, fit.y)
    residual = values - psf.grids(fit.x, fit.y)
    normal = np.einsum("nij,na,nb->ijab", weight, terms, terms, optimize=True)
    right = np.einsum("nij,na->ija", weight * residual, terms, optimize=True)
    start = prior.coefficients[0]
    prior_weight = 1.0 / (DEVIATION * start + 1e-9) ** 2
    right += prior_weight[:, :, None] * (prior.coefficients - psf.coefficients).transpose(1, 2, 0)
    normal += prior_weight[:, :, None, None] * np.eye(terms.shape[1])
    update = np.linalg.solve(normal, right[..., None])[..., 0].transpose(2, 0, 1)
    return normalized(replace(psf, coefficients=psf.coefficients + update))


def _outliers(fit: PsfFit) -> NDArray[np.bool_]:
    """Find the stars that the common model fits worse than it fits the rest, noise aside."""
    lost = fit.centroid_failed | ~(fit.flux > 0)
    snr = np.where(lost, 1.0, fit.flux / fit.flux_error)
    misfit = np.where(lost, np.inf, np.sqrt(np.maximum(fit.chi2 - 1.0, 0.0)) / snr)
    center = np.median(misfit[~lost]) if np.any(~lost) else 0.0
    scatter = 1.4826 * np.median(np.abs(misfit[~lost] - center)) if np.any(~lost) else 0.0
    return lost | (misfit > center + CLIP * scatter + 1.0 / snr)


def fit_psf(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    fwhm: float,
    half_size: int,
) -> PsfStars:
    """Fit the PSF model to stars.

    One to three stars give an elliptical Moffat profile; four and more a pixel model, constant, linear or
    quadratic in position as their number allows.

    Parameters
    ----------
    image
        Pixels without sky, shape (ny, nx).
    variance
        Variance of the pixels, positive.
    usable
        Pixels that may be used.
    x, y
        Positions of at least one isolated star (pixels).
    fwhm
        First guess (pixels).
    half_size
        Half side of the stamps (pixels).
    """
    scene = _Scene(image, variance, usable)
    shape = (image.shape[0], image.shape[1])
    psf = moffat_psf(fwhm, shape, half_size)
    fit = scene.start(x, y, psf)
    kept = ~(fit.centroid_failed | ~(fit.flux > 0))
    if not np.any(kept):
        return PsfStars(psf, kept)
    for _ in range(2):
        values, weight = scene.gather(fit[kept], psf)
        total = weight.sum(axis=0)
        stack = np.divide((weight * values).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
        psf = correct_rings(fit_moffat(stack, total, psf, fwhm), stack, total)
        fit = scene.measure(fit, psf)
    if np.sum(kept) >= FEW_STARS:
        psf, kept = _refine(scene, fit, psf)
    return PsfStars(replace(psf, n_stars=int(np.sum(kept))), kept)


def _refine(scene: _Scene, fit: PsfFit, moffat: PsfModel) -> tuple[PsfModel, NDArray[np.bool_]]:
    """Turn the Moffat into a pixel model, rejecting stars that do not follow it."""
    kept = np.ones(len(fit.x), dtype=np.bool_)
    psf = moffat
    for _ in range(ROUNDS):
        remaining = ~_outliers(fit)
        if np.sum(remaining) >= FEW_STARS:
            kept = remaining
        order = next((order for stars, order in ORDER_STARS if np.sum(kept) >= stars), 0)
        prior, psf = _with_order(moffat, order), _with_order(psf, order)
        psf = _fit_pixels(scene, fit[kept], psf, prior)
        fit = scene.measure(fit, psf)
    return psf, kept


def _with_order(psf: PsfModel, order: int) -> PsfModel:
    """Pad with zeros or cut the polynomial terms of a model."""
    terms = (order + 1) * (order + 2) // 2
    _, side, _ = psf.coefficients.shape
    padded = np.concatenate([psf.coefficients, np.zeros((terms, side, side))])[:terms]
    return replace(psf, coefficients=padded, order=order)
