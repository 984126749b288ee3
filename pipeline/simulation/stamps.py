"""Kernel that draws point sources."""

import numpy as np
from numba import njit


@njit("void(f4[:,::1], f8[:,::1], f8[:,:,::1], f8[::1], f8[::1], f8[::1], f8)", cache=True, error_model="numpy")
def draw_points(image, places, shapes, flux, reach, profile, step):  # type: ignore[no-untyped-def]
    """Add point sources to an image.

    Parameters
    ----------
    image
        (ny, nx), changed in place.
    places, flux, reach
        Column and row (n, 2), flux (n,), and radius (n,) in units of the profile, beyond which nothing is drawn.
    shapes
        (n, 2, 2): from pixels to the units of the profile.
    profile
        Surface brightness of flux 1 at every ``step`` from the center; its last two values are beyond any reach.
    """
    for k in range(len(flux)):
        a, b, c, d = shapes[k, 0, 0], shapes[k, 0, 1], shapes[k, 1, 0], shapes[k, 1, 1]
        determinant = abs(a * d - b * c)
        half_x = reach[k] * np.sqrt(b * b + d * d) / determinant
        half_y = reach[k] * np.sqrt(a * a + c * c) / determinant
        x0, y0 = places[k, 0], places[k, 1]
        left, right = max(0, int(np.ceil(x0 - half_x))), min(image.shape[1] - 1, int(np.floor(x0 + half_x)))
        bottom, top = max(0, int(np.ceil(y0 - half_y))), min(image.shape[0] - 1, int(np.floor(y0 + half_y)))
        height = flux[k] * determinant
        for y in range(bottom, top + 1):
            for x in range(left, right + 1):
                u = a * (x - x0) + b * (y - y0)
                v = c * (x - x0) + d * (y - y0)
                radius = np.sqrt(u * u + v * v)
                if radius <= reach[k]:
                    place = radius / step
                    n = int(place)
                    image[y, x] += height * (profile[n] + (place - n) * (profile[n + 1] - profile[n]))
