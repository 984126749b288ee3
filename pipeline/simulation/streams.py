"""Random streams: one for each effect, exposure and detector."""

from hashlib import sha256

import numpy as np


def stream(seed: int, *words: str | int) -> np.random.Generator:
    """Give the random generator of one thing, whatever else is drawn before or beside it.

    So any frame can be made alone, and switching one effect off leaves the numbers of all others as they are.

    Parameters
    ----------
    seed
        Of the survey.
    words
        What the numbers are for, e.g. an effect, an exposure and a detector.
    """
    digest = sha256(repr(words).encode()).digest()
    return np.random.default_rng([seed, *np.frombuffer(digest, dtype=np.uint32).tolist()])
