"""What the named queries answer, on a small survey whose truth is known."""

from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from queries.client import Client
from schema.settings import Settings
from tests.support.catalogs import STAR, Survey

Rows = list[dict[str, Any]]


@pytest.fixture
def client(surveyed: Settings) -> Client:
    """Give a client of the survey: 3 visits of 2 detectors with 20 stars each, a fourth visit failed."""
    return Client(surveyed)


@pytest.fixture
def own(ledger: Settings, owner: Connection[Any]) -> Client:
    """Give a client of such a survey that may be changed."""
    Survey(loads=2).make(owner)
    return Client(ledger)


def ask(client: Client, name: str, **parameters: Any) -> Rows:
    return list(client.query(name, **parameters))


def test_a_light_curve_is_in_order_of_time_and_nan_where_nothing_was_measured(client: Client) -> None:
    rows = ask(client, "light_curve", ra=STAR[0], dec=STAR[1])
    assert [(row["mjd_tai"], row["band"], row["visit"]) for row in rows] == [
        (58850.0, "g", 1),
        (58851.0, "r", 2),
        (58852.0, "g", 3),
    ]
    assert [row["magnitude"] for row in rows] == pytest.approx([20.0, np.nan, 20.0], nan_ok=True)
    assert [row["magnitude_err"] for row in rows] == pytest.approx(
        [0.0108574, np.nan, 0.0108574], nan_ok=True, rel=1e-5
    )
    assert [row["flags"] for row in rows] == ["", "psfFlux_flag", "pixelFlags_saturated"]
    assert max(row["separation"] for row in rows) < 1e-6


def test_rows_of_a_run_are_those_of_its_members(own: Client, owner: Connection[Any]) -> None:
    owner.execute("insert into registry.collection (name, kind, doc) values ('second', 'run', 'Another.')")
    owner.execute(
        """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
           select c.collection_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'reused'
           from registry.dataset d join public.dataset v using (dataset_id)
           join registry.collection c on c.name = 'second'
           where v.dataset_type in ('source', 'visit_detector') and v.visit = 3"""
    )
    point = {"ra": STAR[0], "dec": STAR[1]}
    assert [row["visit"] for row in ask(own, "light_curve", **point, run="second")] == [3]
    assert [row["visit"] for row in ask(own, "cone_search", **point, run="second")] == [3]
    # The column run says which to choose from: of what was taken over, the run that made it.
    assert {row["run"] for row in ask(own, "light_curve", **point, run="second")} == {"second"}
    assert {row["run"] for row in ask(own, "light_curve", **point)} == {"first"}
    assert len(ask(own, "light_curve", **point, run="first")) == 3
    assert {row["visit"] for row in ask(own, "visit_quality", run="second")} == {3}
    assert {row["visit"] for row in ask(own, "reference_residuals", run="second")} == {3}
    assert [row["day_obs"] for row in ask(own, "metric_history", metric="calibrate.metric1", run="second")] == [
        20200104
    ]
    assert sum(row["n_sources"] for row in ask(own, "source_counts", run="second")) == 40


@pytest.mark.parametrize("center", [STAR, (0.0, 0.0), (10.0, 89.95), (300.0, -45.0)])
def test_a_cone_holds_what_is_within_the_radius_and_nothing_else(
    ledger: Settings, owner: Connection[Any], center: tuple[float, float]
) -> None:
    Survey(visits=1, detectors=1, stars=400, center=center).make(owner)
    client = Client(ledger)
    table = client.sql("select ra, dec, sourceid from source").arrow()
    separation = distance(table["ra"].to_numpy(), table["dec"].to_numpy(), *center)
    for radius in (1.0, 120.0, 700.0):
        rows = ask(client, "cone_search", ra=center[0], dec=center[1], radius=radius)
        inside = separation <= radius
        assert {row["sourceid"] for row in rows} == set(table["sourceid"].to_numpy()[inside].tolist())
        assert [row["separation"] for row in rows] == pytest.approx(np.sort(separation[inside]), abs=1e-4)


def distance(ra: Any, dec: Any, ra0: float, dec0: float) -> Any:
    """Give separations [arcsec] through vectors, another way than the queries'."""

    def vector(lon: Any, lat: Any) -> Any:
        lon, lat = np.radians(lon), np.radians(lat)
        return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat) + 0 * lon])

    chord = np.linalg.norm(vector(ra, dec) - vector(ra0, dec0).reshape(3, 1), axis=0)
    return np.degrees(2 * np.arcsin(chord / 2)) * 3600


def test_a_run_is_summed_up_task_by_task(client: Client) -> None:
    rows = ask(client, "run_summary", run="first")
    counts = [
        (row["task"], row["n_units"], row["n_done"], row["n_dead"], row["n_blocked"], row["n_rows"]) for row in rows
    ]
    assert counts == [("standardize", 8, 6, 2, 0, None), ("calibrate", 8, 6, 0, 2, 126)]
    # Unit n took n seconds: units 1 to 8 are standardize, 9 to 14 calibrate.
    assert [(row["wall_s"], row["cpu_s"], row["n_executions"]) for row in rows] == [(36.0, 18.0, 8), (69.0, 34.5, 6)]
    assert ask(client, "run_summary", run="none") == []


def test_counts_are_by_half_magnitude_and_leave_flagged_fluxes_out(client: Client) -> None:
    rows = ask(client, "source_counts")
    # Five magnitudes from 20, four stars each in two detectors of the two good visits, both in g.
    assert [(row["band"], row["n_sources"], row["n_visits"]) for row in rows] == [("g", 16, 2)] * 5
    assert [row["magnitude_from"] for row in rows] == pytest.approx([20, 21, 22, 23, 24], abs=0.51)


def test_a_metric_has_a_history_by_night(client: Client) -> None:
    rows = ask(client, "metric_history", metric="calibrate.metric1")
    assert [(row["day_obs"], row["band"], row["n"], row["n_unknown"]) for row in rows] == [
        (20200102, "g", 2, 0),
        (20200103, "r", 0, 2),
        (20200104, "g", 2, 0),
    ]
    assert (rows[2]["mean"], rows[2]["lowest"], rows[2]["median"], rows[2]["highest"]) == pytest.approx(
        (3.15, 3.1, 3.15, 3.2)
    )
    assert rows[1]["mean"] is None
    assert rows[0]["unit"] == "arcsec"


def test_visit_quality_has_a_row_per_detector_image(client: Client) -> None:
    rows = ask(client, "visit_quality", band="g")
    assert [(row["visit"], row["detector"]) for row in rows] == [(1, 1), (1, 2), (3, 1), (3, 2)]
    assert rows[0]["seeing"] == pytest.approx(0.9)
    assert ask(client, "visit_quality", visit=2)[0]["flags"] == "astrometry_flag_noReference"
    assert ask(client, "visit_quality", instrument="SDSS") == []


def test_the_worst_astrometry_comes_first_and_unknown_last(client: Client) -> None:
    rows = ask(client, "reference_residuals")
    assert [(row["visit"], row["detector"]) for row in rows] == [(3, 2), (3, 1), (1, 2), (1, 1), (2, 1), (2, 2)]


def test_failures_say_what_happened_and_what_became_of_the_unit(client: Client) -> None:
    rows = ask(client, "failures")
    assert [(row["unit_id"], row["exposure"], row["detector"], row["state"]) for row in rows] == [
        (8, 4, 2, "dead"),
        (7, 4, 1, "dead"),
    ]
    assert {(row["outcome"], row["error_class"], row["error"]) for row in rows} == {
        ("error", "BadInput", "the image is damaged")
    }
    assert len(ask(client, "failures", n=1)) == 1


def test_the_slowest_executions_come_first(client: Client) -> None:
    assert [row["wall_s"] for row in ask(client, "slowest_executions", n=3)] == [14.0, 13.0, 12.0]
    assert [row["unit_id"] for row in ask(client, "slowest_executions", task="standardize", n=2)] == [8, 7]


def test_timings_are_of_what_was_computed(client: Client) -> None:
    rows = ask(client, "timings")
    assert [(row["task"], row["n"], row["wall_s_median"], row["max_rss_mb"]) for row in rows] == [
        ("calibrate", 6, 11.5, 114.0),
        ("standardize", 6, 3.5, 106.0),
    ]
    assert rows[1]["wall_s_p95"] == pytest.approx(5.75)


def test_a_row_leads_to_its_raw_file_in_one_statement(client: Client) -> None:
    rows = ask(client, "row_to_raw", source_id=(3 * 1000 + 2) * 100000 + 7, instrument="DECam")
    assert [(row["depth"], row["dataset_type"], row["task"], row["file_name"], row["part"]) for row in rows] == [
        (0, "source", "calibrate", None, None),
        (1, "post_isr_image", "standardize", None, None),
        (1, "reference_star", None, "gaia.fits", ""),
        (2, "raw_image", None, "c4d_3.fits.fz", "N2"),
    ]
    assert rows[0]["config"] == {"threshold": 5.0}
    assert rows[0]["git_commit"] == "ab" * 20
    assert rows[3]["path"] == "files/c4d_3.fits.fz"
    assert len({row["content_digest"] for row in rows}) == 4
    assert ask(client, "row_to_raw", source_id=1, instrument="DECam") == []


def test_of_two_processings_of_a_row_the_latest_is_traced(own: Client, owner: Connection[Any]) -> None:
    row = {"source_id": (1 * 1000 + 1) * 100000, "instrument": "DECam"}
    first = ask(own, "row_to_raw", **row)[0]["dataset_id"]
    owner.execute(
        """insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest, n_rows)
           select gen_random_uuid(), dataset_type_id, coordinate_id, sha256('again'), 1
           from registry.dataset where dataset_id = %s""",
        [first],
    )
    owner.execute("create temp table again as select * from catalog.source where sourceid = %s", [row["source_id"]])
    owner.execute("update again set dataset_id = (select max(dataset_id) from registry.dataset)")
    owner.execute("insert into catalog.source select * from again")
    assert ask(own, "row_to_raw", **row)[0]["content_digest"] == sha256(b"again").hexdigest()
    assert ask(own, "row_to_raw", **row, run="first")[0]["dataset_id"] == first
