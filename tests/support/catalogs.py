"""A small survey in a ledger: exposures, a finished run with lineage, published catalogs, metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, sql

from schema.catalog.definition import definition, digest, sql_name
from schema.sky import healpix29

STAR = (186.744, 25.462)  # star 0 of detector 1 is here in every visit, of magnitude 20 [deg]
FIELD = 0.2  # side of a detector's image [deg]
KINDS = {"i": "int8[]", "f": "float8[]", "U": "text[]"}
ZEROS = {"boolean": "false", "string": "''", "short": "0", "int": "0", "long": "0"}


@dataclass(frozen=True)
class Survey:
    """How large the survey is; visit `visits` + 1 fails."""

    visits: int = 3
    detectors: int = 2
    stars: int = 20  # per detector image
    loads: int = 1  # partitions of the source catalog
    metrics: int = 1
    center: tuple[float, float] = STAR  # of the images of detector 1 [deg]

    def make(self, owner: Connection[Any]) -> None:
        """Fill an empty ledger."""
        values = {"visits": self.visits, "detectors": self.detectors, "stars": self.stars, "metrics": self.metrics}
        with owner.transaction():
            for statement in (*DESCRIPTIONS, *FILES, *PLAN, *WORK, *PRODUCTS):
                owner.execute(statement, values)
            for load in range(self.loads):
                self._load_sources(owner, range(1 + load, self.visits + 1, self.loads))
            _load_images(owner)
        owner.execute("analyze")

    def _load_sources(self, owner: Connection[Any], visits: range) -> None:
        """Load the sources of some visits as one partition."""
        rows = owner.execute(
            """select d.dataset_id, d.visit, d.detector, d.band from public.dataset d
               where d.dataset_type = 'source' and d.visit = any(%s) order by 1""",
            [list(visits)],
        ).fetchall()
        stars = np.arange(self.stars)
        ra, dec = zip(*(self._positions(detector) for _, _, detector, _ in rows), strict=True)
        arrays: dict[str, NDArray[Any]] = {
            "dataset_id": np.repeat([row[0] for row in rows], self.stars),
            "visit": np.repeat([row[1] for row in rows], self.stars),
            "detector": np.repeat([row[2] for row in rows], self.stars),
            "band": np.repeat([row[3] for row in rows], self.stars),
            "star": np.tile(stars, len(rows)),
            "ra": np.concatenate(ra),
            "dec": np.concatenate(dec),
        }
        arrays["pixel"] = healpix29(arrays["ra"], arrays["dec"])
        fill_load(owner, "source", [row[0] for row in rows], SOURCE, arrays)

    def _positions(self, detector: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give where the stars of a detector are, the same in every visit [deg]."""
        random = np.random.default_rng(detector)
        dec = self.center[1] + FIELD * (detector - 1 + random.uniform(-0.5, 0.5, self.stars))
        dec = np.where(dec > 90, 180 - dec, dec)
        width = np.minimum(FIELD / np.cos(np.radians(dec)), 360.0)
        ra = self.center[0] + width * random.uniform(-0.5, 0.5, self.stars)
        if detector == 1:
            ra[0], dec[0] = self.center
        return ra % 360.0, dec


def fill_load(
    owner: Connection[Any],
    catalog: str,
    datasets: list[int],
    expressions: Mapping[str, str],
    arrays: Mapping[str, NDArray[Any]],
) -> None:
    """Publish a load.

    Parameters
    ----------
    expressions
        SQL of the columns that are not zero, false, empty or NaN; `a` is the row of the arrays.
    """
    made = definition(catalog)
    columns = {sql_name(column): ZEROS[column.datatype] for column in made.columns if column.datatype in ZEROS}
    columns |= {"dataset_id": "a.dataset_id", "instrument": "'DECam'", **expressions}
    run = owner.execute("select run_id from public.run where run = 'first'").fetchone()
    opened = owner.execute(
        "select load_id from ingest.open_load(%s, %s, %s, %s)", [catalog, run[0] if run else 0, datasets, digest(made)]
    ).fetchone()
    load = opened[0] if opened else 0
    staged = owner.execute("select ingest.stage(%s, 1)", [load]).fetchone()
    statement = sql.SQL("insert into {} (load_id, {}) select {}, {} from unnest({}) as a ({})").format(
        sql.Identifier("catalog_part", staged[0] if staged else ""),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Literal(load),
        sql.SQL(", ".join(columns.values())),
        sql.SQL(", ").join(
            sql.SQL(f"{{}}::{KINDS[arrays[name].dtype.kind]}").format(sql.Placeholder(name)) for name in arrays
        ),
        sql.SQL(", ").join(map(sql.Identifier, arrays)),
    )
    owner.execute(statement, {name: array.tolist() for name, array in arrays.items()})
    owner.execute("select ingest.verify(%s, 1), ingest.publish(%s, 1)", [load, load])


def _load_images(owner: Connection[Any]) -> None:
    """Load one row per detector image."""
    rows = owner.execute(
        "select dataset_id, visit, detector, band from public.dataset where dataset_type = 'visit_detector' order by 1"
    ).fetchall()
    names = ("dataset_id", "visit", "detector", "band")
    arrays = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    fill_load(owner, "visit_detector", [row[0] for row in rows], IMAGE, arrays)


def add_visits(owner: Connection[Any]) -> None:
    """Add one row per visit to its table, for the failed one, too, as ingest does."""
    made = definition("visit")
    columns = {sql_name(column): ZEROS[column.datatype] for column in made.columns if column.datatype in ZEROS}
    columns |= VISIT
    statement = sql.SQL(
        """insert into catalog.visit ({}) select {} from registry.exposure e join registry.physical_filter f using (
             instrument, physical_filter)"""
    ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(map(sql.SQL, columns.values())))
    owner.execute(statement)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give every node of an EXPLAIN (FORMAT JSON) plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


SOURCE = {
    "sourceid": "(a.visit * 1000 + a.detector) * 100000 + a.star",
    "visit": "a.visit", "detector": "a.detector", "band": "a.band", "physical_filter": "a.band || ' DECam'",
    "midpointmjdtai": "58849 + a.visit", "ra": "a.ra", "dec": "a.dec", "_healpix_29": "a.pixel",
    # Magnitudes 20 to 24; the second visit has no zero point.
    "psfflux": "case when a.visit = 2 then 'NaN' else power(10, 0.4 * (31.4 - 20 - a.star %% 5)) end",
    "psffluxerr": "case when a.visit = 2 then 'NaN' else 0.01 * power(10, 0.4 * (31.4 - 20 - a.star %% 5)) end",
    "psfflux_flag": "a.visit = 2", "pixelflags_saturated": "a.visit = 3", "footprintarea_value": "20",
}  # fmt: skip
IMAGE = {
    "visit": "a.visit", "detector": "a.detector", "band": "a.band", "physical_filter": "a.band || ' DECam'",
    "expmidptmjd": "58849 + a.visit", "seeing": "0.8 + a.visit / 10.0", "zeropoint": "25", "pixelunit": "'adu'",
    "astromoffsetmean": "case when a.visit = 2 then 'NaN' else 0.01 * a.visit + 0.001 * a.detector end",
    "astrometry_flag_noreference": "a.visit = 2", "nsource": "20", "_healpix_29": "-1",
}  # fmt: skip
VISIT = {
    "dataset_id": "(select min(d.dataset_id) from public.dataset d where d.exposure = e.exposure)",
    "instrument": "e.instrument", "visit": "e.visit", "band": "f.band", "physical_filter": "e.physical_filter",
    "day_obs": "e.day_obs", "exptime": "e.exp_time", "obsstartmjd": "e.obs_start_mjd_tai",
    "expmidptmjd": "e.obs_start_mjd_tai",
}  # fmt: skip
DESCRIPTIONS = (
    "insert into registry.instrument (instrument, description) values ('DECam', 'A camera.')",
    "insert into registry.physical_filter values ('DECam', 'g DECam', 'g'), ('DECam', 'r DECam', 'r')",
    """insert into registry.detector
       select 'DECam', d, 'N' || d, 'science', 2048, 4096 from generate_series(1, %(detectors)s) d""",
    """insert into registry.visit
       select 'DECam', v, case when v %% 2 = 1 then 'g DECam' else 'r DECam' end,
              to_char(date '2020-01-01' + v, 'YYYYMMDD')::int
       from generate_series(1, %(visits)s + 1) v""",
    """insert into registry.exposure
       select instrument, visit, visit, physical_filter, day_obs, 58849 + visit, 30 from registry.visit""",
    """insert into registry.coordinate (digest, instrument, exposure, detector)
       select sha256(convert_to('c' || e.exposure || '/' || d.detector, 'UTF8')), 'DECam', e.exposure, d.detector
       from registry.exposure e cross join registry.detector d order by e.exposure, d.detector""",
    "insert into registry.coordinate (digest, healpix) values (sha256('cell'), 12345)",
    """insert into registry.dataset_type (name, dimensions, storage_class)
       select name, '{detector,exposure,instrument}', class
       from (values ('raw_image', 'file'), ('post_isr_image', 'image'), ('source', 'table'),
                    ('visit_detector', 'table'), ('reference_star', 'table')) as t (name, class)""",
    "insert into registry.task (name) values ('standardize'), ('calibrate')",
    """insert into registry.task_version (task_id, code_digest, git_commit, git_dirty)
       select task_id, sha256(convert_to(name, 'UTF8')), repeat('ab', 20), false from registry.task""",
    """insert into registry.config (digest, body) values (sha256('config'), '{"threshold": 5.0}')""",
    "insert into registry.role (name) values ('raw'), ('image'), ('reference')",
    """insert into registry.software (digest, packages, compatibility_class) values (sha256('s'), '{}', 'cpu-1')""",
    "insert into work.worker (host, pid, software_id) select 'node1', 4242, software_id from registry.software",
)
FILES = (
    """insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest)
       select gen_random_uuid(), y.dataset_type_id, c.coordinate_id,
              sha256(convert_to('raw' || c.coordinate_id, 'UTF8'))
       from registry.coordinate c join registry.dataset_type y on y.name = 'raw_image' where c.exposure is not null
       order by c.coordinate_id""",
    """insert into registry.dataset (uid, dataset_type_id, coordinate_id, content_digest, n_rows)
       select gen_random_uuid(), y.dataset_type_id, c.coordinate_id, sha256('gaia'), 1000
       from registry.coordinate c join registry.dataset_type y on y.name = 'reference_star'
       where c.healpix is not null""",
    """insert into registry.origin
       select d.dataset_id, coalesce('c4d_' || c.exposure || '.fits.fz', 'gaia.fits'), coalesce('N' || c.detector, '')
       from registry.dataset d join registry.coordinate c using (coordinate_id)""",
    """insert into registry.artifact (content_digest, path, part, file_digest, n_bytes)
       select d.content_digest, 'files/' || o.file_name, o.part, sha256(convert_to(o.file_name, 'UTF8')), 1000
       from registry.dataset d join registry.origin o using (dataset_id)""",
)
PLAN = (
    """insert into registry.quantum (provenance_hash, task_version_id, config_id, coordinate_id)
       select sha256(convert_to(t.name || c.coordinate_id, 'UTF8')), v.task_version_id, g.config_id, c.coordinate_id
       from registry.coordinate c cross join registry.task t join registry.task_version v using (task_id)
       cross join registry.config g where c.exposure is not null order by t.task_id, c.coordinate_id""",
    "insert into registry.collection (name, kind, doc) values ('first', 'run', 'A run.')",
    """insert into registry.run (run_id, pipeline, plan_digest)
       select collection_id, 'single_frame', sha256('plan') from registry.collection""",
    "insert into work.share (run_id) select run_id from registry.run",
)
WORK = (
    """insert into work.unit (run_id, quantum_id, state, attempt)
       select r.run_id, q.quantum_id,
              case when c.exposure <= %(visits)s then 'done'
                   when t.name = 'standardize' then 'dead' else 'blocked' end, 1
       from registry.quantum q join registry.coordinate c using (coordinate_id)
       join registry.task_version using (task_version_id) join registry.task t using (task_id) cross join registry.run r
       order by q.quantum_id""",
    # The last visit is damaged; everything else takes 1 s per number of its unit.
    """insert into work.execution
         (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, cpu_s, max_rss_mb)
       select u.unit_id, 1, nextval('work.fence'), w.worker_id, t.start, t.start + make_interval(secs => u.unit_id),
              case u.state when 'done' then 'ok' else 'error' end, case u.state when 'dead' then 'BadInput' end,
              case u.state when 'dead' then 'the image is damaged' end, u.unit_id / 2.0, 100 + u.unit_id
       from work.unit u cross join work.worker w cross join (values (timestamptz '2020-01-01 00:00:00Z')) as t (start)
       where u.state <> 'blocked' order by u.unit_id""",
)
PRODUCTS = (
    """insert into registry.dataset
         (uid, dataset_type_id, coordinate_id, quantum_id, output_name, execution_id, content_digest, n_rows)
       select gen_random_uuid(), y.dataset_type_id, q.coordinate_id, q.quantum_id, p.output, e.execution_id,
              sha256(convert_to(p.output || q.quantum_id, 'UTF8')),
              case p.output when 'source' then %(stars)s when 'visit_detector' then 1 end
       from (values ('standardize', 'post_isr_image'), ('calibrate', 'source'), ('calibrate', 'visit_detector'))
         as p (task, output)
       join registry.dataset_type y on y.name = p.output join registry.task t on t.name = p.task
       join registry.task_version v using (task_id) join registry.quantum q using (task_version_id)
       join work.unit u using (quantum_id) join work.execution e using (unit_id)
       where u.state = 'done' order by y.dataset_type_id, q.quantum_id""",
    """insert into registry.quantum_input (quantum_id, role_id, dataset_id)
       select q.quantum_id, r.role_id, d.dataset_id
       from (values ('standardize', 'raw', 'raw_image'), ('calibrate', 'image', 'post_isr_image'),
                    ('calibrate', 'reference', 'reference_star')) as p (task, role, input)
       join registry.role r on r.name = p.role join registry.dataset_type y on y.name = p.input
       join registry.task t on t.name = p.task join registry.task_version v using (task_id)
       join registry.quantum q using (task_version_id)
       join registry.dataset d on d.dataset_type_id = y.dataset_type_id
         and (d.coordinate_id = q.coordinate_id or p.input = 'reference_star')
       order by q.quantum_id, r.role_id""",
    """insert into registry.member (collection_id, dataset_type_id, coordinate_id, dataset_id, how)
       select r.run_id, d.dataset_type_id, d.coordinate_id, d.dataset_id, 'computed'
       from registry.dataset d cross join registry.run r where d.quantum_id is not null order by d.dataset_id""",
    """insert into quality.metric (name, unit, description)
       select 'calibrate.metric' || m, 'arcsec', 'Metric ' || m || '.' from generate_series(1, %(metrics)s) m""",
    """insert into quality.measurement (metric_id, dataset_id, value)
       select m.metric_id, d.dataset_id, case when d.visit = 2 then 'NaN' else d.visit + d.detector / 10.0 end
       from public.dataset d cross join quality.metric m where d.dataset_type = 'source'
       order by d.dataset_id, m.metric_id""",
)
