"""What a camera's definition says about its raw frames."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Part = Literal["detector", "data", "horizontal_overscan", "vertical_overscan", "prescan"]
DARK = ("bias", "dark")  # types without light, so without filter and place on the sky
_SECTIONS: dict[Part, str] = {"detector": "DETSEC", "data": "DATASEC", "horizontal_overscan": "BIASSEC"}


class RawRules(BaseModel):
    """How raw frames with amplifiers tell what they are.

    Attributes
    ----------
    translator
        Class that reads their headers. ``standard`` knows EXPID, DATE-OBS (UTC; TIME-OBS may have its time), EXPTIME,
        DARKTIME, FILTER, OBSTYPE, DETECTOR (number), RA, DEC (deg, ICRS), ROTPA (deg), AIRMASS, AZ, ALT and OBJECT.
        Where a camera has no rule for EXPID or DETECTOR, exposures are numbered by their start, and the camera has one
        detector.
    names
        What the camera calls these keywords, where it has other names.
    mosaic
        Whether a file holds a whole exposure, one HDU per detector, instead of one detector.
    recognize
        Other keyword values by which raw frames are known.
    types
        Type of observation for a value of OBSTYPE (in capitals), where it is another word than that in small letters.
    sections
        Keyword that tells where each part of an amplifier is; it may be missing, but must not contradict the
        definition. In an image that several amplifiers share, the name of the amplifier is appended. Those left out
        lie too often to be worth a look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    translator: Literal["standard", "lsst", "latiss", "test_stand", "simulation"] = "standard"
    names: dict[str, str] = Field(default_factory=dict)
    mosaic: bool = False
    recognize: tuple[dict[str, str], ...] = ()
    types: dict[str, str] = Field(default_factory=lambda: {"OBJECT": "science"})
    sections: dict[Part, str] = Field(default_factory=lambda: dict(_SECTIONS))
