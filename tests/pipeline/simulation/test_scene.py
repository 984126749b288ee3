"""What falls on a detector: light goes where the WCS says, all of it, and blue light is lifted."""

from dataclasses import replace

import galsim
import numpy as np
import pytest
from astropy.time import Time

from ingest.cameras.camera import Camera
from ingest.cameras.initial_wcs import initial_wcs
from pipeline.simulation.refraction import shifts
from pipeline.simulation.scene import science_scene
from pipeline.simulation.sky import FIRST, Objects, make_sky
from pipeline.simulation.survey import Survey
from pipeline.simulation.world import FILTERS, Site
from tests.support import small_cameras
from tests.support.simulated import STILL, first, survey


def alone(planned: Survey, kind: str, ra: float = 150.1, dec: float = -20.2, **told: float) -> Objects:
    """Give a sky of one object of 17th magnitude in all bands."""
    config = planned.config.model_copy(
        update={"sky": planned.config.sky.model_copy(update={"transients": 0, "movers": 0})}
    )
    sky = make_sky(config)
    one: Objects = sky[sky["kind"] == kind][:1].copy()
    for name in ("u", "g", "r", "i", "z", "y"):
        one[f"{name}Mag"] = 17.0
    one["ra"], one["dec"], one["variability"], one["amplitude"] = ra, dec, "", 0.0
    one["pmRa"] = one["pmDec"] = 0.0
    for name, value in told.items():
        one[name] = value
    return one


@pytest.mark.parametrize("camera", [small_cameras.many(detectors=2), small_cameras.two()], ids=lambda one: one.name)
@pytest.mark.parametrize("rotation", [0.0, 33.0])
def test_positions_agree_with_the_first_wcs(camera: Camera, rotation: float) -> None:
    planned = survey(camera, conditions=STILL)
    exposure = replace(first(planned, "science"), rotation=rotation)
    detector = camera.detectors[-1]
    found = science_scene(planned.config, camera, detector, exposure, make_sky(planned.config)).sources
    wcs = initial_wcs(camera, detector, exposure.ra, exposure.dec, rotation)
    x, y = wcs.wcs_world2pix(found.seen.ra, found.seen.dec, 0)
    assert len(x) > 10
    assert np.abs(x - found.x).max() < 0.001
    assert np.abs(y - found.y).max() < 0.001


@pytest.mark.parametrize("camera", [small_cameras.many(), small_cameras.two()], ids=lambda one: one.name)
def test_a_galaxy_is_long_in_the_direction_of_its_position_angle(camera: Camera) -> None:
    planned = survey(camera, conditions=STILL)
    exposure = replace(first(planned, "science"), rotation=20.0)
    objects = alone(planned, "galaxy", positionAngle=65.0, axisRatio=0.3, halfLightRadius=2.0, sersicIndex=1.0)
    scene = science_scene(planned.config, camera, camera.detectors[0], exposure, objects)
    empty = science_scene(planned.config, camera, camera.detectors[0], exposure, objects[:0])
    light = np.asarray(scene.electrons - empty.electrons, dtype=float)
    wcs = initial_wcs(camera, camera.detectors[0], exposure.ra, exposure.dec, exposure.rotation)
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
    ra, dec = wcs.wcs_pix2world(columns, rows, 0)
    east, north = (ra - 150.1) * np.cos(np.radians(dec)), dec + 20.2
    moments = [np.average(a * b, weights=light) for a, b in ((east, east), (east, north), (north, north))]
    angle = np.degrees(np.arctan2(2 * moments[1], moments[2] - moments[0])) / 2
    assert angle == pytest.approx(65.0, abs=2.0)


def test_distortion_and_turbulence_are_as_large_as_asked_for() -> None:
    camera = small_cameras.many(width=256, height=512, columns=4)
    moved = STILL.model_copy(update={"distortion": 0.01, "turbulence": 200.0})
    shifted = []
    for conditions in (STILL, moved):
        planned = survey(camera, conditions=conditions)
        exposure = first(planned, "science")
        found = science_scene(planned.config, camera, camera.detectors[0], exposure, alone(planned, "star"))
        sides = np.array([[0.0, 1023.0], [0.0, 1023.0]])
        ra, dec = initial_wcs(camera, camera.detectors[0], exposure.ra, exposure.dec, exposure.rotation).wcs_pix2world(
            *sides, 0
        )
        shifted.append(np.stack(found.projection.pixels(ra, dec)))
    away = np.hypot(*(shifted[1] - shifted[0]))
    corner = np.hypot(512, 512) * 0.2 / 3600 / camera.field_radius
    swell = 0.01 * corner**3 * camera.field_radius * 3600 / 0.2
    assert np.all(np.abs(away - swell) < 4 * 0.2 / 0.2)  # turbulence of 0.2 arcsec rms moves a pixel or so
    assert np.all(away > swell / 3)


@pytest.mark.parametrize("kind", ["star", "galaxy"])
def test_the_light_of_a_source_adds_up_to_its_flux(kind: str) -> None:
    camera = small_cameras.many(width=128, height=256, columns=4)
    planned = survey(camera, conditions=STILL.model_copy(update={"seeing": 0.7, "ellipticity": 0.02}))
    exposure = first(planned, "science")
    objects = alone(planned, kind, halfLightRadius=0.5, sersicIndex=1.0)
    scene = science_scene(planned.config, camera, camera.detectors[0], exposure, objects)
    empty = science_scene(planned.config, camera, camera.detectors[0], exposure, objects[:0])
    light = (scene.electrons - empty.electrons).sum(dtype=float)
    band = planned.config.filters[exposure.physical_filter]
    magnitude = 17.0 + band.extinction * exposure.direction.airmass
    assert scene.sources.flux[0] == pytest.approx(10 ** (-0.4 * (magnitude - band.zero_point)) * exposure.time)
    assert light == pytest.approx(scene.sources.flux[0], rel=0.005)  # Kolmogorov's wings reach beyond any stamp


def test_the_centroid_is_where_truth_says() -> None:
    camera = small_cameras.many(width=128, height=256, columns=4)
    planned = survey(camera)
    exposure = first(planned, "science")
    for kind in ("star", "galaxy"):
        objects = alone(planned, kind, dec=-20.195, sersicIndex=1.0)
        scene = science_scene(planned.config, camera, camera.detectors[0], exposure, objects)
        empty = science_scene(planned.config, camera, camera.detectors[0], exposure, objects[:0])
        light = np.asarray(scene.electrons - empty.electrons, dtype=float)
        x, y = scene.sources.x[0], scene.sources.y[0]
        rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
        near = np.hypot(rows - y, columns - x) < 30
        assert np.average(columns[near], weights=light[near]) == pytest.approx(x, abs=0.02)
        assert np.average(rows[near], weights=light[near]) == pytest.approx(y, abs=0.02)


def test_stars_have_the_shape_and_size_that_truth_says() -> None:
    camera = small_cameras.many()
    planned = survey(camera, conditions=STILL.model_copy(update={"ellipticity": 0.08, "variation": 0.05}))
    exposure = first(planned, "science")
    scene = science_scene(planned.config, camera, camera.detectors[0], exposure, alone(planned, "star"))
    sky = science_scene(planned.config, camera, camera.detectors[0], exposure, alone(planned, "star")[:0])
    found = galsim.hsm.FindAdaptiveMom(galsim.Image(np.asarray(scene.electrons - sky.electrons, dtype=float)))
    truth = scene.sources
    assert np.hypot(truth.e1[0], truth.e2[0]) > 0.03
    assert found.observed_shape.e1 == pytest.approx(truth.e1[0], abs=0.002)
    assert found.observed_shape.e2 == pytest.approx(truth.e2[0], abs=0.002)
    wide = galsim.Kolmogorov(fwhm=truth.fwhm[0]).drawImage(nx=81, ny=81, scale=1.0, method="no_pixel")
    assert found.moments_sigma == pytest.approx(galsim.hsm.FindAdaptiveMom(wide).moments_sigma, rel=0.003)


def test_refraction_lifts_blue_light_toward_the_zenith() -> None:
    """Filippenko 1982 gives 0.64 arcsec between 405 and 552 nm at an altitude of 50 deg, at 2.7 km height about."""
    lifted = shifts(FILTERS["g"], 50.0, Site())
    assert np.all(np.diff(lifted) < 0)
    assert np.ptp(lifted) * 5 / 4 == pytest.approx(0.62, abs=0.08)
    assert np.abs(shifts(FILTERS["g"], 90.0, Site())).max() < 1e-12


def test_a_red_star_stands_lower_than_a_blue_one() -> None:
    camera = small_cameras.many(width=64, height=128, columns=4)
    planned = survey(camera, conditions=STILL.model_copy(update={"refraction": True}))
    exposure = first(planned, "science")
    low = replace(exposure, direction=replace(exposure.direction, altitude=40.0, parallactic=0.0), rotation=0.0)
    places = []
    for blue, red in ((17.0, 17.0), (19.0, 15.5)):
        objects = alone(planned, "star", uMag=blue, rMag=red)
        scene = science_scene(planned.config, camera, camera.detectors[0], low, objects)
        places.append((scene.sources.x[0], scene.sources.y[0]))
    (x0, y0), (x1, y1) = places
    assert x1 == pytest.approx(x0, abs=1e-6)
    assert y0 - 1.0 < y1 < y0 - 0.05  # the zenith is up: north, along the rows


def test_a_moving_object_leaves_a_trail_about_its_place_in_the_middle() -> None:
    camera = small_cameras.many(width=64, height=128, columns=4)
    planned = survey(camera, conditions=STILL)
    exposure = replace(first(planned, "science"), rotation=0.0, time=300.0)
    light = []
    for rate in (0.0, 60 * 1000 * 24 * 365.25):  # arcsec / h to the east, as mas / yr
        objects = alone(planned, "star", pmRa=rate, epochMjdTai=float(Time(exposure.middle).tai.mjd))
        scene = science_scene(planned.config, camera, camera.detectors[0], exposure, objects)
        empty = science_scene(planned.config, camera, camera.detectors[0], exposure, objects[:0])
        light.append(np.asarray(scene.electrons - empty.electrons, dtype=float))
    columns = np.arange(light[0].shape[1])
    still, moving = (np.average(columns, weights=one.sum(axis=0)) for one in light)
    assert moving == pytest.approx(still, abs=0.02)
    spread = [np.average((columns - still) ** 2, weights=one.clip(0).sum(axis=0)) for one in light]
    trail = 60 / 3600 * 300 / 0.2
    assert spread[1] - spread[0] == pytest.approx(trail**2 / 12, rel=0.03)
    assert light[1].sum() == pytest.approx(light[0].sum(), rel=1e-3)


def test_numbers_tell_the_kind() -> None:
    sky = make_sky(survey(small_cameras.many()).config)
    assert set(zip((sky["truthId"] // FIRST).tolist(), sky["kind"].tolist(), strict=True)) == {
        (1, "star"), (2, "galaxy"), (3, "transient"), (4, "mover"),
    }  # fmt: skip
