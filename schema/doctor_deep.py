"""The look at every file and every invariant: `doctor --deep`."""

from collections.abc import Callable, Iterator
from hashlib import file_digest
from pathlib import Path
from typing import Any

from psycopg import Connection

from schema.connect import connect
from schema.doctor import Finding, number
from schema.settings import Settings
from schema.store import is_stale

NAMED = 3  # examples in a sentence

FILES = "select distinct path, file_digest, n_bytes from registry.artifact where state = 'present' order by path"

# A load `l` whose rows should be in the table, and whose partition is not there.
LOST = """l.state = 'published' and not exists (
  select from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = format('catalog.%I', l.target)::regclass and c.relname = l.staged)"""

# Each must hold of every ledger at any time: what to say of it, and how to count what breaks it.
INVARIANTS = {
    "datasets have a file": (
        "datasets without a file",
        """select count(*) from registry.dataset d where not exists (
             select from registry.artifact a where a.content_digest = d.content_digest and a.state = 'present')""",
    ),
    "catalogs are loaded": (
        "published loads without their partition; `skyledger reload` makes them anew",
        f"select count(*) from ingest.load l where {LOST}",  # noqa: S608  # a constant of ours
    ),
    "retirements are finished": (
        "loads that are half out of their table; where nobody is at it, `skyledger retire` finishes",
        "select count(*) from ingest.load where state = 'retiring'",
    ),
    "partitions belong to loads": (
        "tables in catalog_part that are no partition and of no load in the making; `skyledger compact` drops those of "
        "loads that were given up",
        """select count(*) from pg_class c
           where c.relnamespace = 'catalog_part'::regnamespace and c.relkind = 'r'
             and not exists (select from pg_inherits i where i.inhrelid = c.oid)
             and not exists (select from ingest.load l where l.staged = c.relname and l.state <> 'retired'
                             and (l.state <> 'open' or ingest.holds_its_files(l.load_id)))""",
    ),
    "done units have results": (
        "units that are done, of whose quantum no execution ended well and that was not reused",
        """select count(*) from work.unit u where u.state = 'done' and not exists (
             select from work.execution e where e.unit_id = u.unit_id and e.outcome = 'ok')""",
    ),
    "the queue agrees with the units": (
        "units whose state is not where they are",
        """select count(*) from work.unit u
           full join work.ready r using (unit_id)
           full join (select unit_id, count(*) as n from work.lease group by 1) l using (unit_id)
           where coalesce(u.state = 'ready', false)::int <> (r.unit_id is not null)::int + coalesce(l.n, 0)""",
    ),
    "units wait for what has not ended": (
        "units that do not wait for as many others as have not ended, or were not read by the resolver",
        """select count(*) from work.unit u
           left join (
             select d.unit_id, count(*) as n from work.dependency d join work.unit p on p.unit_id = d.needs
             where not (p.state in ('done', 'reused') or d.soft and p.state in ('dead', 'blocked'))
                or p.unit_id in (select s.unit_id from work.settled s)
             group by 1) x using (unit_id)
           where u.unmet <> coalesce(x.n, 0)""",
    ),
    "attempts are of units and workers": (
        "executions whose unit or worker does not exist",
        """select count(*) from work.execution e
           left join work.unit u using (unit_id) left join work.worker w using (worker_id)
           where u.unit_id is null or w.worker_id is null""",
    ),
    "indexes are valid": (
        "indexes that were never finished: drop them and migrate again",
        """select count(*) from pg_index i
           join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
           where not i.indisvalid and n.nspname in ('registry', 'work', 'ingest', 'catalog_part', 'quality')""",
    ),
}

BLOATED = """
select format('%s.%s (%s dead of %s)', schemaname, relname, n_dead_tup, n_live_tup + n_dead_tup)
from pg_stat_user_tables
where n_dead_tup > 10000 and n_dead_tup > 2 * n_live_tup order by n_dead_tup desc"""

ROWS = """
select l.load_id, l.target, l.n_rows, format('catalog_part.%I', l.staged)::regclass::text
from ingest.load l join pg_class c on c.relname = l.staged and c.relnamespace = 'catalog_part'::regnamespace
where l.state = 'published' order by 1"""


def deep_findings(using: Settings, progress: Callable[[int], Callable[[], object]]) -> Iterator[Finding]:
    """Read every file of the store and ask for everything that must hold; hours where the store is large.

    Parameters
    ----------
    progress
        Takes the number of files and gives what is called after each.
    """
    with connect("owner", using) as owner:
        files = owner.execute(FILES).fetchall()
        yield "bytes", *_bytes(using.store_root, files, progress(len(files)))
        yield "orphans", *_orphans(using.store_root, {path for path, _, _ in files})
        for name, (broken, question) in INVARIANTS.items():
            n = number(owner, question)
            yield name, n == 0, f"{n} {broken}" if n else "yes"
        yield "rows of the catalogs", *_rows(owner)
        bloated = [row[0] for row in owner.execute(BLOATED)]
        yield "bloat", not bloated, _some(bloated, "tables: vacuum them, or end the session that keeps dead rows")


def _bytes(root: Path, files: list[tuple[str, bytes, int]], done: Callable[[], object]) -> tuple[bool, str]:
    """Compare every registered file with its digest."""
    wrong = []
    for path, digest, size in files:
        problem = _problem(root / path, digest, size)
        if problem:
            wrong.append(f"{path} {problem}")
        done()
    if not wrong:
        return True, f"{len(files)} files are what was registered"
    return False, _some(wrong, "files: remove those that differ, then `skyledger restore --missing`")


def _problem(path: Path, digest: bytes, size: int) -> str:
    """Say what is wrong with a file; nothing where it is well."""
    try:
        if path.stat().st_size != size:
            return f"has {path.stat().st_size} bytes instead of {size}"
        with path.open("rb") as stream:
            return "" if file_digest(stream, "sha256").digest() == digest else "has other bytes than were registered"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _orphans(root: Path, known: set[str]) -> tuple[bool, str]:
    """Find what lies in the store and is of nobody; young staging folders may be of a worker.

    A file is linked into place before its row is committed, so a young unknown file is no orphan either.
    """
    strange = [
        path.relative_to(root).as_posix()
        for path in (*root.glob("files/*/*"), *root.glob("staging/*"))
        if path.relative_to(root).as_posix() not in known and is_stale(path)
    ]
    return not strange, _some(sorted(strange), "orphans: nothing refers to them, they only take space")


def _rows(owner: Connection[Any]) -> tuple[bool, str]:
    """Count the rows of each load against what was verified."""
    loads = owner.execute(ROWS).fetchall()
    wrong = []
    for load, target, registered, table in loads:
        found = number(owner, f"select count(*) from {table}")  # noqa: S608  # a regclass, quoted by the server
        if found != registered:
            wrong.append(f"load {load} of {target} has {found} rows instead of {registered}")
    return not wrong, _some(wrong, "loads") if wrong else f"{len(loads)} loads hold what was verified"


def _some(things: list[str], what: str) -> str:
    """Name a few of some things, and how many they are."""
    if not things:
        return "none"
    shown = "; ".join(things[:NAMED])
    return f"{len(things)} {what}: {shown}{' …' if len(things) > NAMED else ''}"
