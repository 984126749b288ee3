"""Text that would run as a script if a page did not escape it, in every place that a page shows."""

from typing import Any

from psycopg import Connection

HOSTILE = """<script>alert("a")</script>'&lt;<b>"""
RUN, METRIC = f"hostile/{HOSTILE}", f"hostile/{HOSTILE}"
STATEMENTS = (
    # A run that goes on: one unit failed, one is ready.
    "insert into registry.collection (name, kind, doc) values (%(run)s, 'run', %(text)s)",
    """insert into registry.run (run_id, pipeline, plan_digest)
       select collection_id, %(text)s, sha256('hostile') from registry.collection where name = %(run)s""",
    "insert into work.share (run_id) select run_id from public.run where run = %(run)s",
    """insert into work.unit (run_id, quantum_id, state, attempt)
       select s.run_id, u.quantum_id, case when u.state = 'dead' then 'dead' else 'ready' end, 3
       from (select distinct on (state) quantum_id, state from work.unit
             where state in ('dead', 'done') order by state, unit_id) u
       cross join (select run_id from public.run where run = %(run)s) s""",
    """insert into work.execution (unit_id, attempt, token, worker_id, started_at, ended_at, outcome,
                                   error_class, error, traceback, log, cpu_s, max_rss_mb)
       select u.unit_id, 3, nextval('work.fence'), w.worker_id, timestamptz '2021-01-01 00:00:00Z',
              timestamptz '2021-01-01 00:00:05Z', 'error', %(text)s, %(text)s, %(text)s, %(text)s, 1, 100
       from public.work_unit u cross join work.worker w where u.run = %(run)s and u.state = 'dead'""",
    """insert into registry.instrument (instrument, description) values (%(text)s, %(text)s)""",
    # The metric of the survey is 1.1 to 3.2; its second visit could not be measured.
    """insert into quality.specification (metric_id, name, instrument, band, operator, threshold, description)
       select metric_id, 'design', '', '', '<=', 2.0, %(text)s from quality.metric where name = 'calibrate.metric1'""",
    "insert into quality.metric (name, unit, description) values (%(metric)s, 'arcsec', %(text)s)",
    """insert into quality.measurement (metric_id, dataset_id, value)
       select m.metric_id, x.dataset_id, x.value
       from quality.metric m cross join public.measurement x where m.name = %(metric)s""",
)


def plant(owner: Connection[Any]) -> None:
    """Put it into a survey (tests.support.catalogs), whose metric gets a specification."""
    for statement in STATEMENTS:
        owner.execute(statement, {"text": HOSTILE, "run": RUN, "metric": METRIC})
