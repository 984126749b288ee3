"""The textbook queue: what a queue in one table does at least."""

from typing import Any

from psycopg import Connection

# No dependencies, no leases, no fencing, no shares, no history of attempts; a lost worker is a lost connection.
TABLE = """
create table public.textbook (
  job_id bigint generated always as identity primary key, priority smallint not null default 100, state text not null);
create index on public.textbook (priority, job_id) where state = 'ready';
grant select, update on public.textbook to public"""


def make(admin: Connection[Any], history: int) -> None:
    """Make the table, with finished jobs in it."""
    admin.execute(TABLE)
    admin.execute("insert into public.textbook (state) select 'done' from generate_series(1, %s)", [history])
    admin.execute("vacuum analyze public.textbook")


def add_jobs(admin: Connection[Any], n: int) -> None:
    """Add n ready jobs."""
    admin.execute("insert into public.textbook (state) select 'ready' from generate_series(1, %s)", [n])


def work_textbook(connection: Connection[Any], worker: int, batch: int) -> int:
    """Lock jobs and mark them as done in one transaction; give their number. It knows no workers."""
    with connection.transaction():
        jobs = connection.execute(
            """select job_id from public.textbook where state = 'ready'
               order by priority, job_id limit %s for update skip locked""",
            [batch],
        ).fetchall()
        connection.execute(
            "update public.textbook set state = 'done' where job_id = any(%s)", [[job for (job,) in jobs]]
        )
    return len(jobs)
