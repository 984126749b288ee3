"""The true sky: stars, galaxies, transients, solar-system objects."""

import math
from datetime import UTC, datetime, time

import numpy as np
from astropy.time import Time
from numpy.typing import NDArray

from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.streams import stream
from pipeline.simulation.world import Counts, SkyConfig

Array = NDArray[np.float64]
Objects = NDArray[np.void]
"""Structured array of OBJECT; its fields are the columns of the table truth_object."""

BANDS = "ugrizy"
MAGNITUDES = [f"{band}Mag" for band in BANDS]
KINDS = ("star", "galaxy", "transient", "mover")
FIRST = 100_000_000  # numbers of each kind
EARLY = np.array([1.6, 0.9, 0.45, 0.3, 0.2])  # colours u-g to z-y of red galaxies, and of
LATE = np.array([1.0, 0.45, 0.2, 0.1, 0.0])  # blue ones
SOLAR = np.array([1.6, 0.5, 0.2, 0.1, 0.0])  # of what reflects the Sun, a little redder than that
EPOCH = 57388.5  # J2016.0, MJD TAI
YEAR = 365.25
OBJECT = np.dtype(
    [
        ("truthId", "i8"), ("kind", "U12"), ("ra", "f8"), ("dec", "f8"), ("epochMjdTai", "f8"), ("pmRa", "f8"),
        ("pmDec", "f8"), *((name, "f8") for name in MAGNITUDES), ("halfLightRadius", "f8"), ("sersicIndex", "f8"),
        ("axisRatio", "f8"), ("positionAngle", "f8"), ("hostId", "i8"), ("variability", "U12"), ("period", "f8"),
        ("amplitude", "f8"), ("phase", "f8"), ("peakMjdTai", "f8"),
    ]
)  # fmt: skip


def make_sky(config: SurveyConfig) -> Objects:
    """Draw all objects of a survey.

    Each property has a random stream of its own, from which the objects take one number each: a denser sky, or a wider
    range of another kind, leaves the first objects as they are.
    """
    galaxies = _galaxies(config)
    parts = [_stars(config), galaxies, _transients(config, galaxies), _movers(config)]
    return np.concatenate(parts)


def _blank(kind: str, count: int, epoch: float = EPOCH) -> Objects:
    """Give objects of which nothing else is known: numbers are NaN, and nothing moves or varies."""
    objects = np.zeros(count, OBJECT)
    for name in OBJECT.names or ():
        if OBJECT[name].kind == "f":
            objects[name] = np.nan
    objects["truthId"] = (KINDS.index(kind) + 1) * FIRST + np.arange(count)
    objects["kind"], objects["epochMjdTai"] = kind, epoch
    objects["pmRa"] = objects["pmDec"] = objects["amplitude"] = 0.0
    return objects


def _stars(config: SurveyConfig) -> Objects:
    sky, seed = config.sky, config.seed
    stars = _blank("star", _number(sky.stars, sky))
    n = len(stars)
    _place(stars, config, "star")
    r = _magnitudes(sky.stars, stream(seed, "star", "r").random(n))
    # Two humps: stars near the turn-off of the halo and disc, and M dwarfs of the disc.
    red = stream(seed, "star", "population").random(n) < 0.45
    ri = np.where(red, 1.2, 0.15) + np.where(red, 0.4, 0.08) * stream(seed, "star", "r-i").standard_normal(n)
    _colour(stars, r, _stellar_locus(np.clip(ri, -0.1, 2.2)))
    away = sky.proper_motion * 10 ** (-0.1 * np.clip(r - 16, 0, None))
    for name in ("pmRa", "pmDec"):
        stars[name] = away * stream(seed, "star", name).standard_normal(n)
    varies = stream(seed, "star", "varies").random(n) < sky.variable_fraction
    pulsates = varies & (stream(seed, "star", "pulsates").random(n) < 0.5)
    stars["variability"] = np.where(pulsates, "pulsation", np.where(varies, "sine", ""))
    draw = stream(seed, "star", "period").random(n)
    stars["period"] = np.where(varies, np.where(pulsates, 0.35 + 0.4 * draw, 10 ** (2 * draw - 1)), np.nan)
    draw = stream(seed, "star", "amplitude").random(n)
    stars["amplitude"] = np.where(varies, np.where(pulsates, 0.4 + 0.8 * draw, 0.05 + 0.5 * draw), 0.0)
    stars["phase"] = np.where(varies, stream(seed, "star", "phase").random(n), np.nan)
    return stars


def _galaxies(config: SurveyConfig) -> Objects:
    sky, seed = config.sky, config.seed
    galaxies = _blank("galaxy", _number(sky.galaxies, sky))
    n = len(galaxies)
    _place(galaxies, config, "galaxy")
    r = _magnitudes(sky.galaxies, stream(seed, "galaxy", "r").random(n))
    red = stream(seed, "galaxy", "red").random(n) < 0.3
    colours = np.where(red, EARLY[:, None], LATE[:, None])
    _colour(galaxies, r, colours * (1 + 0.15 * stream(seed, "galaxy", "colour").standard_normal(n)))
    size = 0.9 * 10 ** (-0.1 * (r - 20) + 0.15 * stream(seed, "galaxy", "size").standard_normal(n))
    galaxies["halfLightRadius"] = np.clip(size, 0.1, 5.0)
    # A few indices only: galsim keeps a table for each.
    late = np.where(stream(seed, "galaxy", "index").random(n) < 0.5, 1.0, 1.5)
    galaxies["sersicIndex"] = np.where(red, 2.5 + 1.5 * (late > 1), late)
    galaxies["axisRatio"] = 0.25 + 0.75 * stream(seed, "galaxy", "axes").random(n)
    galaxies["positionAngle"] = 180 * stream(seed, "galaxy", "angle").random(n)
    return galaxies


def _transients(config: SurveyConfig, galaxies: Objects) -> Objects:
    """Draw transients on the brighter galaxies, at places where an exponential disc has its light."""
    seed, n = config.seed, config.sky.transients if len(galaxies) else 0
    transients = _blank("transient", n)
    hosts = galaxies[np.argsort(galaxies["rMag"], kind="stable")[: max(2 * n, 1)]]
    host = hosts[(stream(seed, "transient", "host").random(n) * len(hosts)).astype(int)]
    transients["hostId"] = host["truthId"]
    radius = host["halfLightRadius"] / 1.678 * stream(seed, "transient", "radius").gamma(2, size=n)
    angle = stream(seed, "transient", "angle").uniform(0, 2 * np.pi, n)
    turn = np.radians(host["positionAngle"])
    along, across = radius * np.cos(angle), radius * host["axisRatio"] * np.sin(angle)
    north, east = along * np.cos(turn) - across * np.sin(turn), along * np.sin(turn) + across * np.cos(turn)
    transients["dec"] = host["dec"] + north / 3600
    transients["ra"] = (host["ra"] + east / 3600 / np.cos(np.radians(host["dec"]))) % 360
    _colour(transients, stream(seed, "transient", "r").uniform(18, 22, n), np.full((5, n), 0.1))
    transients["variability"] = "transient"
    transients["period"] = stream(seed, "transient", "fading").uniform(10, 40, n)
    first, last = _evening(config, 0), _evening(config, -1)
    transients["peakMjdTai"] = stream(seed, "transient", "peak").uniform(first - 10, last + 5, n)
    return transients


def _movers(config: SurveyConfig) -> Objects:
    """Draw solar-system objects; the nights are dealt out among them, and each is within the disc in its own."""
    seed, n = config.seed, config.sky.movers
    movers = _blank("mover", n)
    _place(movers, config, "mover")
    movers["epochMjdTai"] = [_evening(config, one % len(config.nights)) + 0.5 for one in range(n)]
    _colour(movers, stream(seed, "mover", "r").uniform(18, 22, n), np.repeat(SOLAR[:, None], n, axis=1))
    speed = stream(seed, "mover", "speed").uniform(5, 60, n) * 1000 * 24 * YEAR  # arcsec / h in mas / yr
    angle = stream(seed, "mover", "angle").uniform(0, 2 * np.pi, n)
    movers["pmRa"], movers["pmDec"] = speed * np.sin(angle), speed * np.cos(angle)
    return movers


def _evening(config: SurveyConfig, night: int) -> float:
    """Give noon UTC of a night's date (MJD TAI)."""
    return float(Time(datetime.combine(config.nights[night], time(12), UTC)).tai.mjd)


def _number(counts: Counts, sky: SkyConfig) -> int:
    """Give how many objects the disc holds."""
    area = 2 * math.pi * (1 - math.cos(math.radians(sky.radius))) * math.degrees(1) ** 2
    return round(counts.density * area)


def _place(objects: Objects, config: SurveyConfig, kind: str) -> None:
    """Scatter objects evenly over the disc."""
    sky, n = config.sky, len(objects)
    away = np.arccos(1 - (1 - np.cos(np.radians(sky.radius))) * stream(config.seed, kind, "radius").random(n))
    angle = stream(config.seed, kind, "place").uniform(0, 2 * np.pi, n)
    center = np.radians(sky.dec)
    sine = np.sin(center) * np.cos(away) + np.cos(center) * np.sin(away) * np.cos(angle)
    objects["dec"] = np.degrees(np.arcsin(sine))
    east = np.arctan2(np.sin(angle) * np.sin(away) * np.cos(center), np.cos(away) - np.sin(center) * sine)
    objects["ra"] = (sky.ra + np.degrees(east)) % 360


def _magnitudes(counts: Counts, uniform: Array) -> Array:
    """Turn uniform numbers into magnitudes whose counts are a power law."""
    span = 10 ** (counts.slope * (counts.faint - counts.bright)) - 1
    return np.asarray(counts.bright + np.log10(1 + span * uniform) / counts.slope)


def _colour(objects: Objects, r: Array, colours: Array) -> None:
    """Set the magnitudes from r and the colours u-g, g-r, r-i, i-z and z-y, (5, n)."""
    ug, gr, ri, iz, zy = colours
    for name, value in zip(MAGNITUDES, (r + gr + ug, r + gr, r, r - ri, r - ri - iz, r - ri - iz - zy), strict=True):
        objects[name] = value


def _stellar_locus(ri: Array) -> Array:
    """Give the colours of main-sequence stars, (5, n), from r-i.

    g-r is equation 4 of Juric et al. 2008, ApJ 673, 864; the others are straight lines near the medians of Covey et al.
    2007, AJ 134, 2398.
    """
    gr = 1.39 * (1 - np.exp(-4.9 * ri**3 - 2.45 * ri**2 - 1.68 * ri - 0.05))
    iz = 0.57 * ri - 0.03
    return np.stack([0.9 + 1.2 * gr, gr, ri, iz, 0.5 * iz])
