"""Files of registered datasets, and pictures of them."""

from functools import lru_cache
from pathlib import Path
from threading import Semaphore
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from queries.errors import NoPicture
from queries.web.desk import Here
from queries.web.held import held
from queries.web.pixels import read_pixels, read_psf
from queries.web.preview import draw, draw_plane, draw_psf

router = APIRouter()
Plane = Annotated[str, Query(pattern="^[A-Z_]{1,32}$")]
HANDS = Semaphore(2)  # pictures that are drawn at once: each holds the pixels of its image several times
DRAWN = "1"  # raised when pictures of the same file come out otherwise


@router.get("/file/{dataset}")
def file(dataset: int, desk: Here) -> Response:
    """Give the file of a dataset."""
    found = held(desk, dataset)
    return FileResponse(found.path, media_type="application/octet-stream", filename=found.name)


@router.get("/picture/{dataset}.png")
def picture(dataset: int, request: Request, desk: Here, plane: Plane | None = None) -> Response:
    """Give a picture of an image, or of one plane of its mask."""
    found = held(desk, dataset)
    return _png(request, found.path, found.part, plane or "image")


@router.get("/picture/{dataset}/psf.png")
def psf_picture(dataset: int, request: Request, desk: Here) -> Response:
    """Give a picture of the PSF of an image."""
    found = held(desk, dataset)
    return _png(request, found.path, found.part, "psf")


def _png(request: Request, path: Path, part: str, what: str) -> Response:
    """Give a picture; a browser that has it is told so. The name of a file in the store is its digest."""
    tag = f'"{path.name.partition(".")[0][:32]}-{part}-{what}-{DRAWN}"'
    headers = {"ETag": tag.encode("ascii", "replace").decode(), "Cache-Control": "private, max-age=600"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    with HANDS:
        drawn = _drawn(path, part, what)
    return Response(drawn, media_type="image/png", headers=headers)


@lru_cache(maxsize=64)  # some 50 MB
def _drawn(path: Path, part: str, what: str) -> bytes:
    match what:
        case "image":
            return draw(read_pixels(path, part))
        case "psf":
            psf = read_psf(path)
            if psf is None:
                raise NoPicture(path.name, "has no PSF")
            return draw_psf(psf)
        case plane:
            return draw_plane(read_pixels(path, part), plane)
