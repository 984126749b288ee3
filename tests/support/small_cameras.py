"""Invented cameras with small detectors, for simulations that take no time."""

from pathlib import Path
from typing import Any

import yaml

from ingest.cameras.camera import Camera, load_cameras

PRESCAN, OVERSCAN, ROWS = 4, 16, 8  # pixels of an amplifier of `many`


def many(width: int = 64, height: int = 64, columns: int = 4, detectors: int = 1) -> Camera:
    """Give a camera like Quartet: amplifiers in two rows, each with an HDU of its own."""
    nx, ny, wide, high = width * columns, 2 * height, PRESCAN + width + OVERSCAN, height + ROWS
    amplifiers = []
    for n in range(2 * columns):
        left, upper = n % columns * width, n >= columns
        box = f"[{left + width}:{left + 1},{ny}:{height + 1}]" if upper else f"[{left + 1}:{left + width},1:{height}]"
        amplifiers.append(
            {
                "name": f"C{n:02d}",
                "hdu": f"C{n:02d}",
                "detector": box,
                "raw": f"[1:{wide},1:{high}]",
                "prescan": f"[1:{PRESCAN},1:{height}]",
                "data": f"[{PRESCAN + 1}:{PRESCAN + width},1:{height}]",
                "horizontal_overscan": f"[{PRESCAN + width + 1}:{wide},1:{height}]",
                "vertical_overscan": f"[{PRESCAN + 1}:{PRESCAN + width},{height + 1}:{high}]",
                "read_from": "upper right" if upper else "lower left",
            }
        )
    return _camera("Quartet", "Many", nx, ny, {"nx": wide, "ny": high, "amplifiers": amplifiers}, detectors)


def two(width: int = 64, height: int = 128) -> Camera:
    """Give a camera like Monocle: two amplifiers side by side in one image, their overscans in its middle."""
    wide = width + OVERSCAN
    amplifiers = [
        {
            "name": "A",
            "detector": f"[1:{width},1:{height}]",
            "raw": f"[1:{wide},1:{height}]",
            "data": f"[1:{width},1:{height}]",
            "horizontal_overscan": f"[{width + 1}:{wide},1:{height}]",
            "read_from": "lower left",
        },
        {
            "name": "B",
            "detector": f"[{width + 1}:{2 * width},1:{height}]",
            "raw": f"[{wide + 1}:{2 * wide},1:{height}]",
            "data": f"[{wide + OVERSCAN + 1}:{2 * wide},1:{height}]",
            "horizontal_overscan": f"[{wide + 1}:{wide + OVERSCAN},1:{height}]",
            "read_from": "lower right",
        },
    ]
    return _camera("Monocle", "Two", 2 * width, height, {"nx": 2 * wide, "ny": height, "amplifiers": amplifiers}, 1)


def save(camera: Camera, folder: Path) -> Path:
    """Write the definition of a camera, for SKYLEDGER_CAMERAS."""
    path = folder / f"{camera.name.lower()}.yaml"
    path.write_text(yaml.safe_dump(camera.model_dump(mode="json"), sort_keys=False))
    return path


def _camera(like: str, name: str, nx: int, ny: int, layout: dict[str, Any], detectors: int) -> Camera:
    """Give a camera with the rules of one of ours, and its detectors in a row."""
    body = load_cameras()[like].model_dump(mode="json")
    first, n = body["detectors"][0], len(layout["amplifiers"])
    wide = nx * body["pixel_scale"] / 3600
    places = [(k - (detectors - 1) / 2) * wide * 1.05 for k in range(detectors)]
    body |= {"name": name, "recognize": {"INSTRUME": name}, "amplifiers": {"ccd": layout}}
    body["field_radius"] = 0.6 * (wide * detectors + ny * body["pixel_scale"] / 3600)
    body["detectors"] = [
        first
        | {"number": k, "name": f"D{k}", "nx": nx, "ny": ny, "center": [place, 0.0]}
        | {key: first[key][:n] for key in ("gain", "read_noise", "saturation", "nonlinearity")}
        for k, place in enumerate(places)
    ]
    return Camera.model_validate(body)
