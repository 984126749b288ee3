"""Exposures of a survey: when each is taken, and of what."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ingest.cameras.camera import Camera
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.horizon import Direction, direction, sidereal
from pipeline.simulation.streams import stream

LOWEST = 20.0  # altitude (deg) below which nothing is observed
STEP = timedelta(minutes=5)
READOUT = timedelta(seconds=10)


class NeverUp(ValueError):
    """The field of a survey does not rise in a night."""

    def __init__(self, night: date, altitude: float) -> None:
        self.night, self.altitude = night, altitude
        super().__init__(
            f"in the night of {night} the field never stands higher than {altitude:.0f} deg, and {LOWEST:.0f} are "
            "needed; choose other nights, or another sky.ra or sky.dec"
        )


@dataclass(frozen=True)
class Exposure:
    """One exposure of all detectors.

    Attributes
    ----------
    number
        YYYYMMDDnnnnn: the evening date, and a running number.
    observation_type
        science, bias, dark or flat.
    physical_filter
        '' where the filter does not matter.
    begin
        UTC.
    time, dark_time
        Of exposure, and of all that collects charge (s).
    ra, dec, rotation
        Boresight and position angle of the camera (deg).
    direction
        Where that is in the sky of the site, in the middle of the exposure.
    target
        OBJECT of the header.
    level
        Mean of a flat (e).
    """

    number: int
    observation_type: str
    physical_filter: str
    begin: datetime
    time: float
    dark_time: float
    ra: float
    dec: float
    rotation: float
    direction: Direction
    target: str
    level: float = 0.0

    @property
    def middle(self) -> datetime:
        """Give the middle of the exposure, UTC."""
        return self.begin + timedelta(seconds=self.time / 2)


@dataclass(frozen=True)
class _Calibration:
    observation_type: str
    physical_filter: str
    time: float
    level: float = 0.0


def exposures(config: SurveyConfig, camera: Camera) -> Iterator[Exposure]:
    """Give the exposures of a survey in the order of time.

    Raises
    ------
    NeverUp
        Raised if the field does not rise high enough in a night.
    """
    for night in config.nights:
        number = int(night.strftime("%Y%m%d")) * 100_000
        noon = datetime.combine(night, time(12), UTC) - timedelta(hours=camera.utc_offset_hours)
        taken = 0
        if night == config.nights[0]:
            for found in _calibrations(config, number, noon + timedelta(hours=2)):
                taken += 1
                yield found
        yield from _science(config, number + taken, noon)


def _calibrations(config: SurveyConfig, number: int, when: datetime) -> Iterator[Exposure]:
    """Give bias, dark and flat exposures and photon-transfer pairs, the telescope looking to the zenith."""
    for n, one in enumerate(_wanted(config), start=1):
        zenith = sidereal(when, config.site), config.site.latitude
        place = direction(*zenith, when, config.site)
        kind, name = one.observation_type, one.physical_filter
        yield Exposure(number + n, kind, name, when, one.time, one.time, *zenith, 0.0, place, kind, one.level)
        when += timedelta(seconds=one.time) + READOUT


def _wanted(config: SurveyConfig) -> Iterator[_Calibration]:
    said = config.calibrations
    yield from [_Calibration("bias", "", 0.0)] * said.bias
    yield from [_Calibration("dark", "", said.dark_time)] * said.darks
    for name in config.science.filters:
        yield from [_flat(said.flat_level, said.lamp, name)] * said.flats
    low, high = (math.log(level) for level in said.pair_range)
    for n in range(said.pairs):
        level = math.exp(low + (high - low) * n / max(said.pairs - 1, 1))
        yield from [_flat(level, said.lamp, config.science.filters[0])] * 2


def _flat(level: float, lamp: float, physical_filter: str) -> _Calibration:
    """Expose to a lamp that never changes, by a shutter that knows milliseconds."""
    exposed = max(round(level / lamp, 3), 0.001)
    return _Calibration("flat", physical_filter, exposed, lamp * exposed)


def _science(config: SurveyConfig, number: int, noon: datetime) -> Iterator[Exposure]:
    """Give the science exposures of a night, about the time when the field is highest."""
    said, sky = config.science, config.sky
    between = timedelta(seconds=said.exposure_time + said.pause)
    filters = [name for name in said.filters for _ in range(said.visits)]
    if not filters:
        return
    when = _highest(config, noon) - between * len(filters) / 2
    for n, name in enumerate(filters, start=1):
        random = stream(config.seed, "dither", number + n)
        away, angle = said.dither / 3600 * math.sqrt(random.random()), random.uniform(0, 2 * math.pi)
        ra = (sky.ra + away * math.sin(angle) / math.cos(math.radians(sky.dec))) % 360
        dec = sky.dec + away * math.cos(angle)
        place = direction(ra, dec, when + timedelta(seconds=said.exposure_time / 2), config.site)
        rotation = said.rotations[(n - 1) % len(said.rotations)]
        seconds = said.exposure_time
        yield Exposure(number + n, "science", name, when, seconds, seconds, ra, dec, rotation, place, config.name)
        when += between


def _highest(config: SurveyConfig, noon: datetime) -> datetime:
    """Give the time between seven in the evening and five in the morning when the field is highest."""
    times = [noon + timedelta(hours=7) + n * STEP for n in range(121)]
    heights = [direction(config.sky.ra, config.sky.dec, when, config.site).altitude for when in times]
    best = max(range(len(times)), key=heights.__getitem__)
    if heights[best] < LOWEST:
        raise NeverUp((noon - timedelta(hours=12)).date(), heights[best])
    return times[best]
