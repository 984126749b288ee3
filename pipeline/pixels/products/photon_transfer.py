"""Gain, read noise and the brighter-fatter coefficient from pairs of flats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from scipy.optimize import least_squares
from scipy.stats import norm

from pipeline.pixels.errors import BadImage

CLIP = 4.0
"""Standard deviations of the difference of two flats from which a pixel is a cosmic ray or a defect."""
LEAST_PIXELS = 100
"""Fewest pixels of an amplifier that tell a variance."""
LEAST_LEVELS = 5
"""Fewest levels: three parameters, and something to judge them by."""
DROP = 5.0
"""By how many standard errors the variance must fall below the largest before to tell of full wells."""
LASTS = 3
"""Levels in a row that lie so low, unless the curve ends before: one alone may be a lamp that flickered."""
REJECT = 4.0
"""Residual (standard errors) from which a level is left out of the fit; a shutter or a lamp failed."""
WORST_GAIN = 0.1
"""Largest fractional error of a gain that can be used."""


@dataclass(frozen=True)
class Level:
    """What a pair of equally exposed flats says of one amplifier.

    Parameters
    ----------
    mean
        Counts above bias (adu).
    variance
        Of a single flat, without fixed pattern (adu^2).
    error
        Standard error of the variance (adu^2).
    """

    mean: float
    variance: float
    error: float


@dataclass(frozen=True)
class PhotonTransfer:
    """The photon transfer curve of one amplifier.

    Parameters
    ----------
    gain, gain_error
        Electrons per count.
    read_noise, read_noise_error
        Standard deviation of a pixel that saw no light (e).
    a00, a00_error
        Fractional change of a pixel's area by an electron in it, negative where charges repel each other (1/e).
    turnoff
        Counts of the highest level before pixels begin to share their charge (adu); NaN where no level did.
    chi2_dof
        Chi squared of the fit by its degrees of freedom.
    used
        Which levels the fit is of.
    """

    gain: float
    gain_error: float
    read_noise: float
    read_noise_error: float
    a00: float
    a00_error: float
    turnoff: float
    chi2_dof: float
    used: NDArray[np.bool_]


def dark_level(first: NDArray[np.float32], second: NDArray[np.float32], unusable: NDArray[np.bool_]) -> Level:
    """Measure the variance of a pair of frames without light: the read noise, which faint flats hardly tell.

    Parameters are those of `pair_level`.
    """
    usable = ~unusable
    if usable.sum() < LEAST_PIXELS:
        raise BadImage(f"a bias has {usable.sum()} usable pixels", "Leave this pair out.")
    return _level(0.0, first.astype(float) - second, usable)


def pair_level(first: NDArray[np.float32], second: NDArray[np.float32], unusable: NDArray[np.bool_]) -> Level:
    """Measure mean and variance of a pair of flats in one amplifier.

    The second is scaled to the mean of the first, since lamps drift; what differs by more than `CLIP` sigma is left
    out, and the variance corrected for the tails of the normal distribution that went with it. What all pixels of a row
    have in common, the noise of the overscan above all, is not theirs.

    Parameters
    ----------
    first, second
        Counts above bias, linear (adu), shape (ny, nx).
    unusable
        Pixels to leave out.

    Raises
    ------
    BadImage
        Raised if nothing is left, or there was no light.
    """
    usable = ~unusable
    a, b = (float(np.mean(flat[usable], dtype=float)) if usable.any() else 0.0 for flat in (first, second))
    if usable.sum() < LEAST_PIXELS or min(a, b) <= 0:
        raise BadImage(f"a flat has {usable.sum()} usable pixels and no light", "Leave this pair out.")
    # Scaled each to the mean of both: the variance is that of the mean level, to second order in the drift.
    level = (a + b) / 2
    return _level(level, first.astype(float) * (level / a) - second * (level / b), usable)


def _level(mean: float, difference: NDArray[np.float64], usable: NDArray[np.bool_]) -> Level:
    """Give the variance of one of two frames from their difference, without its outliers and the means of its rows."""
    middle = np.median(difference[usable])
    scale = 1.4826 * float(np.median(np.abs(difference[usable] - middle)))
    kept = usable & (np.abs(difference - middle) <= CLIP * scale)
    n = kept.sum(axis=1)
    rows = np.where(kept, difference, 0).sum(axis=1) / np.maximum(n, 1)
    left = (difference - rows[:, None])[kept]
    freedom = left.size - np.count_nonzero(n)
    variance = float(left @ left) / freedom / _clipped_variance(CLIP) / 2
    return Level(mean, variance, variance * float(np.sqrt(2 / freedom)))


def fit_photon_transfer(levels: Sequence[Level]) -> PhotonTransfer:
    """Fit variance against mean: C00 of Astier et al. (2019), equation 16, up to the level where the variance falls.

    Raises
    ------
    BadImage
        Raised if too few levels lie below full well, or they do not tell the gain.
    """
    _check_number(len(levels))
    ordered = sorted(levels, key=lambda level: level.mean)
    mean, variance, error = np.array([(one.mean, one.variance, one.error) for one in ordered]).T
    last = _turnoff(variance, error)
    used = np.arange(len(ordered)) <= (len(ordered) if last is None else last)
    turnoff = float("nan") if last is None else float(mean[last])
    while True:
        _check_number(int(used.sum()))
        fit = least_squares(_residuals, _start(mean[used], variance[used], error[used]), x_scale="jac",
                            args=(mean[used], variance[used], error[used]))  # fmt: skip
        residual = _residuals(fit.x, mean, variance, error)
        chi2_dof = float((residual[used] ** 2).sum() / max(used.sum() - len(fit.x), 1))
        worst = int(np.argmax(np.where(used, np.abs(residual), 0)))
        if abs(residual[worst]) <= REJECT * max(1.0, np.sqrt(chi2_dof)):
            break
        used[worst] = False
    covariance = _covariance(np.asarray(fit.jac))
    # Biases all have the mean 0: only a stable order is that of `sorted`.
    rank = np.argsort(np.argsort([one.mean for one in levels], kind="stable"))
    return _known(_result(fit.x, covariance, turnoff, chi2_dof, used, rank))


def _check_number(n: int) -> None:
    if n < LEAST_LEVELS:
        raise BadImage(f"{n} levels of the photon transfer curve can be used", f"Take at least {LEAST_LEVELS} pairs.")


def _covariance(jacobian: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the covariance of what was fitted; NaN where the levels do not tell one parameter from another."""
    try:
        found: NDArray[np.float64] = np.linalg.inv(jacobian.T @ jacobian).astype(float)
    except np.linalg.LinAlgError:
        return np.full((jacobian.shape[1],) * 2, np.nan)
    return found


def _known(found: PhotonTransfer) -> PhotonTransfer:
    """Refuse a gain that is no gain, or as good as unknown."""
    if not 0 < found.gain_error <= WORST_GAIN * found.gain:
        said = f"the photon transfer curve gives a gain of {found.gain:.3g} +- {found.gain_error:.2g}"
        raise BadImage(said, "Take pairs of flats over a wider range of light.")
    return found


def _result(
    x: NDArray[np.float64], covariance: NDArray[np.float64], turnoff: float, chi2_dof: float, used: NDArray[np.bool_],
    rank: NDArray[np.intp],
) -> PhotonTransfer:  # fmt: skip
    """Name what was fitted; `rank` brings the levels back into the order in which they came."""
    inverse_gain, noise, a = x
    gain = 1 / inverse_gain
    noise = max(noise, 0.0)
    read_noise = gain * np.sqrt(noise)
    # d(read noise) by the inverse gain and by the noise (adu^2)
    slope = np.array([-read_noise * gain, gain / (2 * np.sqrt(noise)) if noise else 0.0, 0.0])
    return PhotonTransfer(
        gain=float(gain),
        gain_error=float(gain**2 * np.sqrt(covariance[0, 0])),
        read_noise=float(read_noise),
        read_noise_error=float(np.sqrt(slope @ covariance @ slope)),
        a00=float(a),
        a00_error=float(np.sqrt(covariance[2, 2])),
        turnoff=turnoff,
        chi2_dof=chi2_dof,
        used=used[rank],
    )


def _model(x: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the variance (adu^2) at a mean (adu) for 1/gain (adu/e), noise (adu^2) and a00 (1/e)."""
    inverse_gain, noise, a = x
    # No amplifier comes near the limit; a fit to noise may, and would end in an overflow.
    z = np.clip(2 * a * mean / inverse_gain, -50, 50)
    # (exp(z) - 1) / z, well behaved where a00 goes to 0
    rise = np.where(np.abs(z) < 1e-8, 1 + z / 2, np.expm1(z) / np.where(z == 0, 1, z))
    modelled: NDArray[np.float64] = mean * inverse_gain * rise + noise
    return modelled


def _residuals(
    x: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64], error: NDArray[np.float64]
) -> NDArray[np.float64]:
    return (variance - _model(x, mean)) / error


def _start(mean: NDArray[np.float64], variance: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give where to begin: a parabola through the levels."""
    curve, slope, noise = np.polyfit(mean, variance, 2, w=1 / error)
    return np.array([max(float(slope), 1e-3), max(float(noise), 1e-3), float(curve)])


def _turnoff(variance: NDArray[np.float64], error: NDArray[np.float64]) -> int | None:
    """Give the index of the last level before the variance falls for good; None where it does not.

    The curve is judged by its running median of three, so that one pair that went wrong is neither a summit nor a fall.
    """
    smooth = median_filter(variance, 3, mode="nearest")
    smooth[0] = min(smooth[:2])
    low = smooth < np.maximum.accumulate(smooth) - DROP * error
    lasting = np.lib.stride_tricks.sliding_window_view(np.append(low, [True] * (LASTS - 1)), LASTS).all(axis=1)
    if not lasting.any():
        return None
    end = int(np.argmax(lasting))
    return int(np.flatnonzero(variance[:end] >= smooth[:end].max())[-1])


def _clipped_variance(n_sigma: float) -> float:
    """Give the variance of a normal distribution of variance 1, cut at n sigma on both sides."""
    return float(1 - 2 * n_sigma * norm.pdf(n_sigma) / (1 - 2 * norm.sf(n_sigma)))
