"""Kernel that lets charge above the full well flow along the columns."""

from numba import njit


@njit("void(f4[:,:], f4)", cache=True)
def bleed(charge, full_well):  # type: ignore[no-untyped-def]
    """Spread the excess of each pixel, half up and half down, into the next pixels that have room; in place.

    Parameters
    ----------
    charge
        Electrons of columns that share a full well, (ny, nx); what reaches an end of a column is lost.
    """
    ny, nx = charge.shape
    for x in range(nx):
        up = down = 0.0
        for y in range(ny):
            excess = charge[y, x] - full_well
            if excess > 0:
                charge[y, x] = full_well + excess / 2  # the other half waits for the way down
                up += excess / 2
            elif up > 0:
                taken = min(up, -excess)
                charge[y, x] += taken
                up -= taken
        for y in range(ny - 1, -1, -1):
            excess = charge[y, x] - full_well
            if excess > 0:
                charge[y, x] = full_well
                down += excess
            elif down > 0:
                taken = min(down, -excess)
                charge[y, x] += taken
                down -= taken
