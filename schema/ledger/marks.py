"""Marks: saying that something is bad, suspect or superseded, and taking it back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from psycopg import Connection

from schema.errors import SkyledgerError

Verdict = Literal["bad", "suspect", "superseded"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
MOST_NAMED = 5  # candidates that an error lists
SHORTEST = 4  # digits of the beginning of a digest


class UnknownTarget(SkyledgerError):
    """A name of code or a configuration that fits none, or several."""

    def __init__(self, name: str, candidates: list[str]) -> None:
        self.name, self.candidates = name, candidates
        listed = ", ".join(candidates[:MOST_NAMED])
        said = f"is one of several: name one of {listed}" if candidates else "is not in this ledger"
        super().__init__(f"{name} {said}")


class ShortDigest(SkyledgerError):
    """A beginning of a digest that would fit by chance."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is too short: give at least {SHORTEST} digits of the digest")


class UnknownMark(SkyledgerError):
    """A mark that is not there, or that does not hold any more."""

    def __init__(self, mark_id: int, revoked: bool) -> None:
        self.mark_id, self.revoked = mark_id, revoked
        said = "was taken back already" if revoked else "does not exist"
        super().__init__(f"mark {mark_id} {said}: `skyledger marks` lists those that hold")


class BadMark(SkyledgerError):
    """A mark without a verdict that we know, or without a reason."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"{problem}: a mark says {', '.join(VERDICTS)}, and why in one sentence")


@dataclass(frozen=True)
class Target:
    """What is marked: one of a dataset, the code of a task, and a configuration, by its key."""

    dataset_id: int | None = None
    task_version_id: int | None = None
    config_id: int | None = None


def find_code(connection: Connection[Any], task: str, digest: str = "") -> Target:
    """Find the code of a task by the beginning of its digest, which need not be given where there is one only.

    Raises
    ------
    UnknownTarget
        Raised if there is none or several; these are named, the newest first.
    """
    rows = connection.execute(
        """select v.task_version_id, encode(v.code_digest, 'hex')
           from registry.task_version v join registry.task t using (task_id)
           where t.name = %s and starts_with(encode(v.code_digest, 'hex'), %s) order by 1 desc""",
        [task, digest.lower()],
    ).fetchall()
    if len(rows) != 1:
        raise UnknownTarget(
            f"task:{task}{'@' if digest else ''}{digest}", [f"task:{task}@{code[:12]}" for _, code in rows]
        )
    return Target(task_version_id=rows[0][0])


def find_config(connection: Connection[Any], digest: str) -> Target:
    """Find a configuration by the beginning of its digest.

    Raises
    ------
    ShortDigest
        Raised if fewer than four digits are given.
    UnknownTarget
        Raised if there is none or several.
    """
    if len(digest) < SHORTEST:
        raise ShortDigest(f"config:{digest}")
    rows = connection.execute(
        """select config_id, encode(digest, 'hex') from registry.config
           where starts_with(encode(digest, 'hex'), %s) order by 1 desc""",
        [digest.lower()],
    ).fetchall()
    if len(rows) != 1:
        raise UnknownTarget(f"config:{digest}", [f"config:{found[:12]}" for _, found in rows])
    return Target(config_id=rows[0][0])


def tasks_of(connection: Connection[Any], targets: Sequence[Target]) -> list[str]:
    """Give the tasks that ran with the configurations among some targets: equal ones may be of several tasks."""
    rows = connection.execute(
        """select distinct t.name from registry.quantum q join registry.task_version v using (task_version_id)
           join registry.task t using (task_id) where q.config_id = any(%s) order by 1""",
        [[target.config_id for target in targets if target.config_id is not None]],
    )
    return [name for (name,) in rows]


def mark(connection: Connection[Any], target: Target, verdict: str, reason: str) -> int:
    """Mark something; a mark that says the same and holds stays the only one.

    Returns
    -------
    Key of the mark.

    Raises
    ------
    BadMark
        Raised if the verdict is unknown or the reason empty.
    """
    if verdict not in VERDICTS:
        raise BadMark(f"{verdict!r} is no verdict")
    if not reason.strip():
        raise BadMark("the reason is empty")
    said = {**asdict(target), "verdict": verdict, "reason": " ".join(reason.split())}
    row = connection.execute(
        """with same as (
             select mark_id from registry.mark m
             where m.revoked_at is null and m.verdict = %(verdict)s and m.reason = %(reason)s
               and m.dataset_id is not distinct from %(dataset_id)s::bigint
               and m.task_version_id is not distinct from %(task_version_id)s::int
               and m.config_id is not distinct from %(config_id)s::int
           ), fresh as (
             insert into registry.mark (dataset_id, task_version_id, config_id, verdict, reason)
             select %(dataset_id)s::bigint, %(task_version_id)s::int, %(config_id)s::int, %(verdict)s, %(reason)s
             where not exists (select from same) returning mark_id
           )
           select mark_id from same union all select mark_id from fresh order by 1 limit 1""",
        said,
    ).fetchone()
    assert row is not None
    return int(row[0])


def unmark(connection: Connection[Any], mark_id: int) -> None:
    """Take a mark back; its row stays, with the time until which it held.

    Raises
    ------
    UnknownMark
        Raised if there is no such mark, or it does not hold any more.
    """
    done = connection.execute(
        "update registry.mark set revoked_at = clock_timestamp() where mark_id = %s and revoked_at is null", [mark_id]
    ).rowcount
    if not done:
        known = connection.execute("select from registry.mark where mark_id = %s", [mark_id]).fetchone()
        raise UnknownMark(mark_id, known is not None)
