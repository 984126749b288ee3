"""Verdicts on turns by rule, and reports: the turn beside the one before.

The rules, in their order:

1. `failed`: a unit is dead, blocked or cancelled, or the run holds nothing.
2. `same`: there is no earlier turn that did not fail.
3. Of the values that both turns have on the same data ID, and that a specification in force is about, those are counted
   that keep it now and did not before, and those the other way round; what could not be measured keeps nothing.
   `better` or `worse` is the larger number, `same` when they are equal.

What both turns share was taken over, so that it is neither.
"""

import json
from typing import Any

from psycopg import Connection

from pipeline.campaigns.turns import Turn
from schema.faults import die_at

UNITS = """
select count(*) filter (where state in ('dead', 'blocked', 'cancelled')),
       count(*) filter (where state in ('waiting', 'ready')),
       exists (select from registry.member where collection_id = %(run)s and until = 'infinity')
from work.unit where run_id = %(run)s"""

PREVIOUS = """
select t.campaign_run_id, t.run_id, n.name
from registry.campaign_run t
join registry.collection n on n.collection_id = t.run_id
join registry.campaign_run this on this.campaign_run_id = %s
cross join lateral (
  select v.verdict from registry.campaign_verdict v
  where v.campaign_run_id = t.campaign_run_id order by v.by_rule, v.campaign_verdict_id desc limit 1
) j
where t.campaign_id = this.campaign_id and t.turn < this.turn and j.verdict <> 'failed'
order by t.turn desc limit 1"""

CHANGED = """
with pair as materialized (
  select a.dataset_id as was, b.dataset_id as now
  from registry.member b join registry.member a using (dataset_type_id, coordinate_id)
  where b.collection_id = %(run)s and a.collection_id = %(before)s
    and b.until = 'infinity' and a.until = 'infinity' and a.dataset_id <> b.dataset_id
)
select count(*), count(*) filter (where x.ok is not true and y.ok), count(*) filter (where x.ok and y.ok is not true)
from pair
join public.verdict y on y.dataset_id = pair.now
join public.verdict x on x.dataset_id = pair.was
  and (x.metric, x.specification, x.operator, x.threshold) = (y.metric, y.specification, y.operator, y.threshold)"""

REPORT = """
insert into registry.campaign_report (campaign_run_id, previous, comparison) values (%s, %s, %s)
on conflict (campaign_run_id) do nothing"""

VERDICT = """
insert into registry.campaign_verdict (campaign_run_id, verdict, by_rule, reason) values (%s, %s, %s, %s)
on conflict do nothing"""


def conclude(connection: Connection[Any], turn: Turn) -> bool:
    """Compare a turn with the one before and judge it, once its run has ended; tell whether it has.

    Report and verdict come together, and once: whoever comes later changes nothing.
    """
    failed, going, holds = connection.execute(UNITS, {"run": turn.run_id}).fetchall()[0]
    if going:
        return False
    before = connection.execute(PREVIOUS, [turn.campaign_run_id]).fetchone()
    document = None if before is None else _comparison(connection, before[2], turn.run)
    if failed or not holds:
        verdict, reason = (
            "failed",
            f"{failed} units are dead, blocked or cancelled" if failed else "the run holds nothing",
        )
    elif before is None:
        verdict, reason = "same", "no earlier turn ended well: there is nothing to compare with"
    else:
        verdict, reason = _by_specifications(connection, before[1], turn.run_id)
    die_at("before_report")
    with connection.transaction():
        connection.execute(REPORT, [turn.campaign_run_id, before and before[0], document])
        connection.execute(VERDICT, [turn.campaign_run_id, verdict, True, reason])
    return True


def judge(connection: Connection[Any], turn: Turn, verdict: str, reason: str) -> None:
    """Keep what a person says of a turn; the verdict of the rules stays beside it."""
    connection.execute(VERDICT, [turn.campaign_run_id, verdict, False, reason])


def _by_specifications(connection: Connection[Any], before: int, run: int) -> tuple[str, str]:
    """Count what keeps its specification now and did not before, and the other way round."""
    n, mended, broken = connection.execute(CHANGED, {"before": before, "run": run}).fetchall()[0]
    verdict = "better" if mended > broken else "worse" if broken > mended else "same"
    said = f"of {n} values with a specification that were made anew, {mended} keep it now and did not before, "
    return verdict, f"{said}{broken} kept it before and do not now"


def _comparison(connection: Connection[Any], before: str, run: str) -> str:
    """Give what the comparison of two runs says, as JSON."""
    from queries.comparison.compare import compare

    return json.dumps(compare(connection, before, run).document(), allow_nan=False)
