"""The world of a survey: what is on the sky, site, bands, air."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, model_validator

Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Degrees = Annotated[float, Field(ge=0, lt=360)]


class Part(BaseModel):
    """A section of a survey; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Counts(Part):
    """How many objects there are, by r magnitude.

    Attributes
    ----------
    density
        Objects per square degree between the two magnitudes.
    bright, faint
        Limits (r, AB).
    slope
        d log10(N) / dm of the counts.
    """

    density: NonNegativeFloat
    bright: float
    faint: float
    slope: PositiveFloat

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.bright < self.faint:
            raise ValueError(f"bright {self.bright:g} must be a smaller magnitude than faint {self.faint:g}")
        return self


class SkyConfig(Part):
    """The sky: a disc, and what is in it.

    Attributes
    ----------
    ra, dec, radius
        Disc that holds all objects (deg, ICRS).
    variable_fraction
        Of the stars; half of them pulsate like RR Lyrae stars, half vary as a sine.
    transients
        New stars that rise and fade on galaxies within the nights of the survey.
    movers
        Solar-system objects that cross the disc, with r magnitudes between 18 and 22.
    proper_motion
        Dispersion of the proper motion of a star of r = 16 per coordinate (mas/yr); that of fainter ones is smaller.
    """

    ra: Degrees
    dec: Annotated[float, Field(ge=-89, le=89)]
    radius: Annotated[float, Field(gt=0, le=10)]
    stars: Counts = Counts(density=20000, bright=14, faint=25, slope=0.2)
    galaxies: Counts = Counts(density=60000, bright=17, faint=25, slope=0.35)
    variable_fraction: Fraction = 0.02
    transients: Count = 10
    movers: Count = 10
    proper_motion: NonNegativeFloat = 10.0


class Site(Part):
    """Where the telescope stands (deg, m)."""

    latitude: Annotated[float, Field(ge=-90, le=90)] = -30.24
    longitude: Annotated[float, Field(ge=-180, le=180)] = -70.75
    height: NonNegativeFloat = 2700.0


class Filter(Part):
    """A band of the telescope.

    Attributes
    ----------
    blue, red
        Wavelengths where the band begins and ends (nm).
    zero_point
        Magnitude of a star that gives 1 electron per second outside the atmosphere.
    extinction
        At airmass 1 (mag).
    sky
        Brightness of the sky (mag / arcsec2).
    """

    blue: PositiveFloat
    red: PositiveFloat
    zero_point: float
    extinction: NonNegativeFloat
    sky: float

    @property
    def center(self) -> float:
        """Middle of the band (nm)."""
        return (self.blue + self.red) / 2


# Edges of the bands of LSST, rounded; extinction and dark sky as at Cerro Pachon; a 4 m telescope.
FILTERS = {
    "u": Filter(blue=324, red=395, zero_point=24.8, extinction=0.46, sky=22.9),
    "g": Filter(blue=405, red=552, zero_point=26.5, extinction=0.18, sky=22.2),
    "r": Filter(blue=552, red=691, zero_point=26.5, extinction=0.10, sky=21.2),
    "i": Filter(blue=691, red=818, zero_point=26.3, extinction=0.07, sky=20.5),
    "z": Filter(blue=818, red=922, zero_point=25.9, extinction=0.05, sky=19.6),
    "y": Filter(blue=930, red=1060, zero_point=24.9, extinction=0.10, sky=18.6),
}


class Conditions(Part):
    """The atmosphere and the telescope: each exposure draws its own about these.

    Attributes
    ----------
    seeing, seeing_scatter
        FWHM at zenith and 500 nm (arcsec), and its scatter from exposure to exposure (natural logarithm).
    ellipticity, variation
        Scatter of the terms of the PSF's ellipticity, and of its size relative to the mean, over the focal plane.
    turbulence
        Rms displacement of stars over the field (mas), for an exposure of 30 s; it falls with the root of the time.
    distortion
        Displacement at the edge of the field, as a fraction of its radius; it grows with the cube.
    transparency_scatter
        Of the clouds (mag); transparency never exceeds 1.
    sky_gradient
        Change of the sky over the field, relative to its level.
    refraction
        Whether the atmosphere disperses light (differential chromatic refraction).
    """

    seeing: PositiveFloat = 0.8
    seeing_scatter: NonNegativeFloat = 0.1
    ellipticity: NonNegativeFloat = 0.015
    variation: NonNegativeFloat = 0.02
    turbulence: NonNegativeFloat = 10.0
    distortion: Annotated[float, Field(ge=-0.05, le=0.05)] = 0.002
    transparency_scatter: NonNegativeFloat = 0.05
    sky_gradient: NonNegativeFloat = 0.02
    refraction: bool = True
