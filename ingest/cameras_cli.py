"""The verb that shows the cameras."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schema.errors import SkyledgerError
from schema.output import Format, show

if TYPE_CHECKING:
    from ingest.cameras.camera import Camera

CAMERAS = ("instrument", "description", "detectors", "amplifiers", "bands", "pixel_scale")
DETECTORS = (
    "detector", "name", "purpose", "nx", "ny", "xi", "eta", "rotation", "amplifiers", "gain", "read_noise", "saturation"
)  # fmt: skip
AMPLIFIERS = (
    "layout", "amplifier", "hdu", "detector", "raw", "data", "horizontal_overscan", "vertical_overscan", "prescan",
    "read_from",
)  # fmt: skip


class NoSuchCamera(SkyledgerError):
    """A name that no camera has."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.name, self.known = name, known
        super().__init__(f"there is no camera {name!r}: known are {', '.join(known)}")


def cameras(
    instrument: Annotated[str | None, typer.Argument(help="Show its detectors.", show_default=False)] = None,
    amplifiers: Annotated[bool, typer.Option("--amplifiers", help="Show its amplifiers instead.")] = False,
    output: Format = Format.table,
) -> None:
    """Show the cameras whose files can be ingested, or the detectors of one of them, as their definitions have them.

    pixel_scale is in arcsec. xi and eta are where the center of a detector lies on the focal plane, in degrees from the
    boresight (east and north at position angle 0), rotation is the direction in which its columns are counted, from xi
    toward eta. gain (electrons per count), read_noise (electrons) and saturation (counts) are those of its amplifiers.
    What the definition does not know is empty. The database is not asked.

    Amplifiers are those of each layout that detectors share, with sections as in a header: the pixels in the trimmed
    image, all that the amplifier reads in the raw image (or in its own HDU), and the parts of that.

    Example: skyledger cameras

    Example: skyledger cameras DECam --output csv

    Example: skyledger cameras LSSTCam --amplifiers
    """
    from ingest.cameras.camera import load_cameras

    known = load_cameras()
    if instrument is None:
        show(CAMERAS, [_summary(camera) for camera in known.values()], output)
    elif instrument not in known:
        raise NoSuchCamera(instrument, list(known))
    elif amplifiers:
        show(AMPLIFIERS, _amplifiers(known[instrument]), output)
    else:
        show(DETECTORS, _detectors(known[instrument]), output)


def _summary(camera: "Camera") -> list[Any]:
    """Give a row of CAMERAS."""
    bands = dict.fromkeys(f.band for f in camera.filters)
    amplifiers = sum(len(camera.amplifiers_of(detector)) for detector in camera.detectors)
    return [
        camera.name,
        camera.description,
        len(camera.detectors),
        amplifiers or None,
        " ".join(bands),
        camera.pixel_scale,
    ]


def _detectors(camera: "Camera") -> Iterator[list[Any]]:
    """Give the rows of DETECTORS."""
    for one in camera.detectors:
        xi, eta = one.center or (None, None)
        names = [amplifier.name for amplifier in camera.amplifiers_of(one)]
        lists = [list(values) or None for values in (names, one.gain, one.read_noise, one.saturation)]
        yield [one.number, one.name, one.purpose, one.nx, one.ny, xi, eta, one.rotation, *lists]


def _amplifiers(camera: "Camera") -> Iterator[list[Any]]:
    """Give the rows of AMPLIFIERS."""
    for name, layout in camera.amplifiers.items():
        for one in layout.amplifiers:
            parts = (one.detector, one.raw, one.data, one.horizontal_overscan, one.vertical_overscan, one.prescan)
            yield [name, one.name, one.hdu or None, *(str(box) if box else None for box in parts), one.read_from]


def mount(app: typer.Typer) -> None:
    """Hang this verb on the command line."""
    app.command()(cameras)
