"""One measurement of a frame in a process of its own: tells the CPU times (s) of imports and stage as JSON."""

import json
import sys
import time

import numpy as np
from astropy.io import fits

from pipeline.pixels.psf import PsfModel
from tests.support.stage import LIKE_SEXTRACTOR, measure_array


def main(frame: str, psf: str) -> None:
    """Read a frame and its PSF from files, and measure."""
    imported = time.process_time()  # all that the process did up to here was to import
    with np.load(psf) as arrays:
        model = PsfModel.from_arrays(dict(arrays))
    measure_array(fits.getdata(frame).astype(np.float32), model, LIKE_SEXTRACTOR)
    print(json.dumps({"imports": imported, "stage": time.process_time() - imported}))


if __name__ == "__main__":
    main(*sys.argv[1:])
