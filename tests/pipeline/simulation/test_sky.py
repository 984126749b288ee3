"""The true sky: what is drawn, and that each object is itself whatever else is there."""

import numpy as np
import pytest

from pipeline.simulation.seen import brightening, seen
from pipeline.simulation.sky import KINDS, Objects, make_sky
from pipeline.simulation.world import FILTERS, Counts
from tests.support.simulated import SKY, survey
from tests.support.small_cameras import many

DENSE = SKY.model_copy(update={"radius": 0.2, "stars": Counts(density=200_000, bright=14, faint=24, slope=0.25)})


@pytest.fixture(scope="module")
def sky() -> Objects:
    return make_sky(survey(many(), sky=DENSE).config)


def test_a_denser_sky_keeps_the_objects_that_were_there(sky: Objects) -> None:
    denser = DENSE.model_copy(update={"stars": DENSE.stars.model_copy(update={"density": 300_000}), "movers": 30})
    more = make_sky(survey(many(), sky=denser).config)
    known = np.isin(more["truthId"], sky["truthId"])
    assert known.sum() == len(sky) < len(more)
    assert more[known].tobytes() == sky.tobytes()


def test_counts_are_the_power_law_that_was_asked_for(sky: Objects) -> None:
    r = sky["rMag"][sky["kind"] == "star"]
    assert len(r) == round(200_000 * np.pi * 0.2**2)
    assert r.min() >= 14
    assert r.max() <= 24
    # A power law 10**(0.25 m) up to 24: a magnitude brighter 10**-0.25 of all are left.
    expected = len(r) * 10**-0.25
    assert abs(np.sum(r < 23) - expected) < 4 * np.sqrt(expected)


def test_every_object_lies_in_the_disc(sky: Objects) -> None:
    still = sky[sky["kind"] != "transient"]
    away = np.hypot((still["ra"] - 150.1) * np.cos(np.radians(-20.2)), still["dec"] + 20.2)
    assert away.max() < 0.2003
    assert abs(np.mean(away < 0.1) - 0.25) < 0.01


def test_stars_follow_the_locus_of_main_sequence_stars(sky: Objects) -> None:
    stars = sky[sky["kind"] == "star"]
    late = (stars["rMag"] - stars["iMag"]) > 1
    # M dwarfs have g-r near 1.4 whatever their r-i.
    assert np.all(np.abs((stars["gMag"] - stars["rMag"])[late] - 1.38) < 0.03)
    assert (stars["gMag"] - stars["rMag"])[~late].min() < 0.3


def test_transients_stand_on_their_hosts(sky: Objects) -> None:
    transients = sky[sky["kind"] == "transient"]
    assert len(transients) == DENSE.transients
    host = {one["truthId"]: one for one in sky if one["kind"] == "galaxy"}
    for one in transients:
        galaxy = host[one["hostId"]]
        away = np.hypot((one["ra"] - galaxy["ra"]) * np.cos(np.radians(one["dec"])), one["dec"] - galaxy["dec"]) * 3600
        assert away < 6 * galaxy["halfLightRadius"]


def test_what_varies_does_so_with_its_period_and_amplitude(sky: Objects) -> None:
    periodic = sky[np.isin(sky["variability"], ["sine", "pulsation"])]
    light = np.array([brightening(periodic, 61000 + phase * periodic["period"]) for phase in np.linspace(0, 1, 101)])
    assert np.ptp(light, axis=0) == pytest.approx(periodic["amplitude"], rel=0.05)
    assert light[0] == pytest.approx(light[-1], abs=1e-6)
    assert not np.any(brightening(sky[sky["variability"] == ""], 61000.0))


def test_a_transient_is_brightest_at_its_peak_and_fades_by_a_factor_e(sky: Objects) -> None:
    one = sky[sky["kind"] == "transient"][:1]
    peak, time = one["peakMjdTai"], one["period"]
    assert brightening(one, peak) == 0
    assert brightening(one, peak + time) == pytest.approx(2.5 / np.log(10))
    assert brightening(one, peak - time) > 4


def test_movers_move_and_galaxies_stay(sky: Objects) -> None:
    now, later = (seen(sky, 61101 + day, "r", FILTERS) for day in (0.0, 1 / 24))
    went = np.hypot((later.ra - now.ra) * np.cos(np.radians(now.dec)), later.dec - now.dec) * 3600
    rates = {kind: went[sky["kind"] == kind] for kind in KINDS}
    assert 4.5 < rates["mover"].min() <= rates["mover"].max() < 66
    assert rates["galaxy"].max() == 0
    assert 0 < np.median(rates["star"]) < 1e-4
