"""Cosmic rays by astroscrappy in a process of its own: tells the CPU time (s) of one frame as JSON."""

import json
import sys
import time

import astroscrappy
import numpy as np

from tests.support.cosmic_rays import READ_NOISE


def main(file: str) -> None:
    """Find the cosmic rays of a frame that has no instrument signature any more."""
    with np.load(file) as arrays:
        light = arrays["light"]
    begin = time.process_time()
    astroscrappy.detect_cosmics(light.astype(np.float32), gain=1.0, readnoise=READ_NOISE, satlevel=1e9)
    print(json.dumps({"rays": time.process_time() - begin}))


if __name__ == "__main__":
    main(*sys.argv[1:])
