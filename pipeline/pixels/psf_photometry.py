"""PSF photometry: flux, centroid and local sky of every source."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from pipeline.pixels.psf import PsfModel
from pipeline.pixels.stamps import Stamps, stamps_at

ITERATIONS = 10
"""Most steps that bring a centroid from the detection to convergence."""
SETTLED = 1e-3
"""Move (pixels) and change of flux (relative) in one iteration, below which a source waits for the last one."""
SETTLED_SIGMA = 0.1
"""The same in standard errors: what the noise hides need not converge."""
MAX_STEP = 0.5
"""Largest move of a centroid in one iteration (pixels)."""
MAX_DRIFT = 2.5
"""Largest distance of a centroid from its detection (pixels)."""
MIN_COVERAGE = 0.25
"""Least part of the PSF's flux that must fall on usable pixels."""
BATCH = 128


@dataclass(frozen=True)
class PsfFit:
    """Result of the PSF fit of n sources; NaN where there was nothing to fit.

    Parameters
    ----------
    x, y
        Centroid (pixels). The detection's own position where `centroid_failed`.
    position_covariance
        Covariance of (x, y) (pixels squared), shape (n, 2, 2).
    flux, flux_error
        PSF flux and its error (pixel unit).
    sky
        Constant left under the source (pixel unit).
    chi2
        Chi squared of the stamp per degree of freedom.
    centroid_failed
        True where the centroid ran away from the detection or was not determined.
    clipped
        True where the stamp runs off the image: the fit used what is left of it.
    no_good_pixels
        True where too little of the PSF falls on usable pixels.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    position_covariance: NDArray[np.float64]
    flux: NDArray[np.float64]
    flux_error: NDArray[np.float64]
    sky: NDArray[np.float64]
    chi2: NDArray[np.float64]
    centroid_failed: NDArray[np.bool_]
    clipped: NDArray[np.bool_]
    no_good_pixels: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "PsfFit":
        """Select sources."""
        return PsfFit(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})


@dataclass(frozen=True)
class _Linear:
    """One linearized fit of a batch: parameters (flux, flux dx, flux dy, sky), shape (n, 4), and what made it."""

    solution: NDArray[np.float64]
    design: NDArray[np.float64]
    inverse: NDArray[np.float64]
    drawn: NDArray[np.float64]


def _solve(
    psf: PsfModel,
    data: NDArray[np.float64],
    good: NDArray[np.bool_],
    offset: tuple[NDArray[np.float64], NDArray[np.float64]],
    grids: NDArray[np.float64],
    free: NDArray[np.bool_],
    fit_sky: bool,
) -> _Linear:
    """Solve the normal equations of each stamp; where not `free`, with the centroid held."""
    drawn, along_x, along_y = psf.shifted_with_gradient(grids, *offset)
    movable = free[:, None, None]
    # A sky column of the size of the PSF keeps the 4 x 4 matrices well conditioned.
    level = np.full_like(drawn, 1.0 / drawn.shape[-1] if fit_sky else 0.0)
    columns = np.stack([drawn, np.where(movable, along_x, 0.0), np.where(movable, along_y, 0.0), level], axis=1)
    design = (columns * good[:, None]).reshape(len(data), 4, -1)
    normal = design @ design.transpose(0, 2, 1)
    held = np.where(free, 0.0, 1.0)
    normal[:, 1, 1] += held
    normal[:, 2, 2] += held
    normal[:, 3, 3] += 0.0 if fit_sky else 1.0
    inverse = np.linalg.inv(normal)
    right = design @ data.reshape(len(data), -1, 1)
    return _Linear((inverse @ right)[:, :, 0], design, inverse, drawn)


class _Fitter:
    """The state of the fit of all sources of one image."""

    def __init__(
        self,
        image: NDArray[np.float32],
        variance: NDArray[np.float32],
        usable: NDArray[np.bool_],
        psf: PsfModel,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        fit_sky: bool,
    ) -> None:
        self.psf, self.image, self.variance, self.fit_sky = psf, image, variance, fit_sky
        self.start_x, self.start_y, self.x, self.y = x, y, x.copy(), y.copy()
        self.stamps = stamps_at(x, y, psf.half_size, image.shape)
        self.good = self.stamps.inside & self.stamps.cut(usable)
        self.flux, self.sky = np.zeros(len(x)), np.zeros(len(x))
        # What all sources add to the image; negative fluxes count as none.
        self.models = np.zeros(image.shape, dtype=np.float32)
        self.drawn = np.empty((len(x), 2 * psf.half_size + 1, 2 * psf.half_size + 1))
        for batch in _batches(np.arange(len(x))):
            self.drawn[batch] = psf.shifted(self.grids(batch), *self.offset(batch))
        self.fittable = np.sum(self.drawn * self.good, axis=(1, 2)) > MIN_COVERAGE
        self.free, self.moving = self.fittable.copy(), self.fittable.copy()
        self.flux_error, self.chi2 = np.full(len(x), np.nan), np.full(len(x), np.nan)
        self.covariance = np.full((len(x), 2, 2), np.nan)

    def grids(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Evaluate the PSF where the sources were detected."""
        return self.psf.grids(self.start_x[rows], self.start_y[rows])

    def offset(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Tell the centroids from the stamp centers (pixels)."""
        return self.x[rows] - np.rint(self.start_x[rows]), self.y[rows] - np.rint(self.start_y[rows])

    def iterate(self, final: bool) -> None:
        """Improve the sources that still move, or at last all, each on the image without the others."""
        for batch in _batches(np.flatnonzero(self.fittable if final else self.moving)):
            stamps = self.stamps_of(batch)
            own = self.drawn[batch] * np.maximum(self.flux[batch], 0.0)[:, None, None]
            data = stamps.cut(self.image) - stamps.cut(self.models) + own
            parts = data, self.good[batch], self.offset(batch), self.grids(batch), self.free[batch]
            linear = _solve(self.psf, *parts, self.fit_sky)
            flux = linear.solution[:, 0]
            stamps.add_to(self.models, linear.drawn * np.maximum(flux, 0.0)[:, None, None] - own)
            change = np.abs(flux - self.flux[batch])
            self.flux[batch] = flux
            self.sky[batch] = linear.solution[:, 3] / data.shape[-1]
            self.drawn[batch] = linear.drawn
            if final:
                self.assess(batch, data, linear)
            else:
                moved = self.move(batch, linear)
                error = self.rough_errors(batch, linear)
                self.moving[batch] = (change > np.maximum(SETTLED * np.abs(flux), SETTLED_SIGMA * error[:, 0])) | (
                    moved > np.maximum(SETTLED, SETTLED_SIGMA * error[:, 1])
                )

    def rough_errors(self, batch: NDArray[np.intp], linear: _Linear) -> NDArray[np.float64]:
        """Estimate the errors of flux and centroid from the variance of the central pixel, shape (n, 2)."""
        rows, columns = (np.rint(start[batch]).astype(np.intp) for start in (self.start_y, self.start_x))
        ny, nx = self.variance.shape
        variance = self.variance[np.clip(rows, 0, ny - 1), np.clip(columns, 0, nx - 1)]
        unit = np.sqrt(variance[:, None] * np.diagonal(linear.inverse, axis1=1, axis2=2)[:, :2])
        return np.stack([unit[:, 0], unit[:, 1] / np.maximum(np.abs(linear.solution[:, 0]), unit[:, 0])], axis=1)

    def move(self, batch: NDArray[np.intp], linear: _Linear) -> NDArray[np.float64]:
        """Step the centroids and give how far (pixels); those that leave their detection go back and stay."""
        flux = linear.solution[:, 0]
        determined = self.free[batch] & (flux > 0)
        step = np.divide(linear.solution[:, 1:3], flux[:, None], out=np.zeros((len(batch), 2)), where=flux[:, None] > 0)
        step = np.where(determined[:, None], np.clip(step, -MAX_STEP, MAX_STEP), 0.0)
        self.x[batch] += step[:, 0]
        self.y[batch] += step[:, 1]
        drift = np.hypot(self.x[batch] - self.start_x[batch], self.y[batch] - self.start_y[batch])
        lost = batch[(drift > MAX_DRIFT) | (self.free[batch] & (flux <= 0))]
        self.free[lost] = False
        self.x[lost], self.y[lost] = self.start_x[lost], self.start_y[lost]
        return np.asarray(np.max(np.abs(step), axis=1))

    def assess(self, batch: NDArray[np.intp], data: NDArray[np.float64], linear: _Linear) -> None:
        """Propagate the variance plane through the fit and compare the stamp with the model."""
        variance = np.where(self.good[batch], self.stamps_of(batch).cut(self.variance), 1.0).reshape(len(batch), 1, -1)
        spread = (linear.design * variance) @ linear.design.transpose(0, 2, 1)
        covariance = linear.inverse @ spread @ linear.inverse
        flux = linear.solution[:, 0]
        self.flux_error[batch] = np.sqrt(covariance[:, 0, 0])
        scale = np.where(self.free[batch] & (flux > 0), flux, np.nan)
        self.covariance[batch] = covariance[:, 1:3, 1:3] / (scale**2)[:, None, None]
        model = (linear.solution[:, None, :] @ linear.design)[:, 0]
        good = self.good[batch].reshape(len(batch), -1)
        deviation = np.where(good, data.reshape(len(batch), -1) - model, 0.0)
        self.chi2[batch] = np.sum(deviation**2 / variance[:, 0], axis=1) / np.maximum(good.sum(axis=1) - 4, 1)

    def stamps_of(self, batch: NDArray[np.intp]) -> Stamps:
        """Select the stamps of a batch."""
        whole = self.stamps
        return Stamps(whole.rows[batch], whole.columns[batch], whole.inside[batch], whole.clipped[batch])


def _batches(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Cut row numbers into pieces that need little memory."""
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]


def fit_sources(
    image: NDArray[np.float32],
    variance: NDArray[np.float32],
    usable: NDArray[np.bool_],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    psf: PsfModel,
    *,
    fit_sky: bool = True,
    iterations: int = ITERATIONS,
) -> PsfFit:
    """Fit flux, centroid and a constant sky to every source.

    All pixels of a stamp weigh the same. That costs a bright star a little noise, but keeps the fluxes of bright and
    faint stars on one scale where the PSF model is imperfect, and it does not correlate weights with the data. The
    errors are those of this estimator, propagated from the variance plane, so they hold for any weights.
    Neighbors are subtracted with their own current PSF models, so close pairs converge together; a galaxy next to a
    star is subtracted only as well as a PSF describes it.

    Parameters
    ----------
    image
        Pixels without sky, shape (ny, nx).
    variance
        Variance of the pixels, positive.
    usable
        Pixels that may be used.
    x, y
        Positions of the detections (pixels), shape (n,).
    psf
        PSF model.
    fit_sky
        False to take the sky as zero. The stars that make a PSF model need that: a free constant would take the
        wings that the model does not have yet.
    iterations
        Steps of the centroids; few are enough from positions that were fitted before.
    """
    fitter = _Fitter(image, variance, usable, psf, x, y, fit_sky)
    for _ in range(iterations):
        fitter.iterate(final=False)
    fitter.iterate(final=True)
    unfit = ~fitter.fittable
    return PsfFit(
        x=fitter.x,
        y=fitter.y,
        position_covariance=fitter.covariance,
        flux=np.where(unfit, np.nan, fitter.flux),
        flux_error=fitter.flux_error,
        sky=np.where(unfit, np.nan, fitter.sky),
        chi2=fitter.chi2,
        centroid_failed=~fitter.free,
        clipped=fitter.stamps.clipped,
        no_good_pixels=unfit,
    )
