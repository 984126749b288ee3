"""Raw frames reduced one after the other in a process of its own: tells the CPU time (s) of one as JSON."""

import json
import sys
import time

import numpy as np

from pipeline.pixels.isr.chain import Masters
from pipeline.pixels.isr.cosmic_rays import CosmicRayLimits, find_cosmic_rays
from pipeline.pixels.isr.reduce import Steps, reduce
from tests.support.forward import Chip


def main(file: str, count: str) -> None:
    """Read the light of a frame and its calibrations from a file, expose it, and reduce it several times."""
    started = time.process_time()  # all that the process did up to here was to import
    with np.load(file) as arrays:
        light, frames = arrays["light"], {name: arrays[name] for name in ("bias", "dark", "flat")}
    chip = Chip(len(light) // 2, **frames, dark_time=30.0, nonlinear=(1e-8,) * 4, crosstalk=1e-4 * (1 - np.eye(4)))
    readouts = chip.read(light, seed=1)
    known, masters = chip.electronics(tables=True), Masters(**frames, dark_time=30.0)
    begin = time.process_time()
    for _ in range(int(count)):
        made = reduce(readouts, known, masters, (), Steps())
    whole = (time.process_time() - begin + started) / int(count)
    plain = reduce(readouts, known, masters, (), Steps(cosmic_rays=None, interpolation=False))
    begin = time.process_time()
    find_cosmic_rays(plain.image, plain.variance, plain.mask, CosmicRayLimits())
    rays = time.process_time() - begin
    print(json.dumps({"frame": whole, "rays": rays, "found": made.n_cosmic_rays}))


if __name__ == "__main__":
    main(*sys.argv[1:])
