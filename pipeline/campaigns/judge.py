"""Verdicts on turns by rule, and reports: the turn beside the one before.

The rules, in their order:

1. `failed`: a unit is dead, blocked or cancelled, or the run holds nothing.
2. `same`: there is no earlier turn that did not fail.
3. `worse`: data IDs are lost: the earlier turn has results there that this pipeline declares, and this one has none.
   What the exclusion left out is not lost, nor what gathered it, with what follows from that at the same data ID.
4. Of the values that both turns have on the same data ID, and that a specification in force is about, those are counted
   that keep it now and did not before, and those the other way round; what could not be measured keeps nothing.
   `better` or `worse` is the larger number, `same` when they are equal.

What both turns share was taken over, so that it is neither. Whatever the verdict, its reason says what the plan left
out.
"""

import json
from typing import Any, NamedTuple

from psycopg import Connection

from pipeline.campaigns.errors import NoReason, NoTurn
from pipeline.campaigns.turns import Turn, pipeline_of_turn
from schema.faults import die_at

SAID = 3  # sentences of the plan that a reason quotes

UNITS = """
select count(*) filter (where state in ('dead', 'blocked')), count(*) filter (where state = 'cancelled'),
       count(*) filter (where state in ('waiting', 'ready')),
       exists (select from registry.member where collection_id = %(run)s and until = 'infinity')
from work.unit where run_id = %(run)s"""

PREVIOUS = """
select t.campaign_run_id, t.turn, t.run_id, n.name
from registry.campaign_run t
join registry.collection n on n.collection_id = t.run_id
join registry.campaign_run this on this.campaign_run_id = %s
cross join lateral (
  select v.verdict from registry.campaign_verdict v
  where v.campaign_run_id = t.campaign_run_id order by v.by_rule, v.campaign_verdict_id desc limit 1
) j
where t.campaign_id = this.campaign_id and t.turn < this.turn and j.verdict <> 'failed'
order by t.turn desc limit 1"""

# Results that no task of the pipeline declares any more are not lost: nobody wants them. Nor is what was made of an
# input that is excluded now, or of what stood in the place of that input: at its own data ID, and where it was
# gathered, such as one product of many images. What was made with that product elsewhere has no reason to be gone.
LOST = """
with recursive excluded as materialized (
  select distinct d.dataset_type_id, d.coordinate_id
  from registry.campaign_exclusion x join registry.dataset d on d.dataset_id = x.dataset_id
  where x.campaign_run_id = %(turn)s
), made as materialized (
  select d.dataset_id, d.coordinate_id
  from registry.downstream(array(
    select o.dataset_id from excluded join registry.dataset o using (dataset_type_id, coordinate_id))) w
  join registry.dataset d on d.dataset_id = w.dataset_id
), spared (coordinate_id) as (
  select coordinate_id from excluded
  union
  select q.coordinate_id
  from spared join made using (coordinate_id)
  join registry.quantum_input i on i.dataset_id = made.dataset_id
  join registry.role r using (role_id)
  join registry.quantum q on q.quantum_id = i.quantum_id
  join registry.task_version v using (task_version_id)
  join registry.task k using (task_id)
  where (k.name, r.name) in (select * from unnest(%(gatherers)s::text[], %(gathered)s::text[]))
)
select count(distinct m.coordinate_id)
from registry.member m
join registry.dataset d on d.dataset_id = m.dataset_id
join registry.quantum q on q.quantum_id = d.quantum_id
join registry.task_version v using (task_version_id)
join registry.task k using (task_id)
join registry.dataset_type y on y.dataset_type_id = m.dataset_type_id
join registry.campaign_run this on this.campaign_run_id = %(turn)s
where m.collection_id = %(before)s and m.until = 'infinity'
  and (k.name, y.name) in (select * from unnest(%(makers)s::text[], %(types)s::text[]))
  and not exists (
    select from registry.member n
    where n.collection_id = this.run_id and n.until = 'infinity' and n.dataset_type_id = m.dataset_type_id
      and n.coordinate_id = m.coordinate_id)
  and not exists (select from excluded e where e.coordinate_id = m.coordinate_id)
  and not exists (
    select from made join spared using (coordinate_id) where made.dataset_id = m.dataset_id)"""

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


IN_FORCE = """
select verdict from registry.campaign_verdict where campaign_run_id = %s
order by by_rule, campaign_verdict_id desc limit 1"""


class Before(NamedTuple):
    """The newest earlier turn that did not fail."""

    campaign_run_id: int
    turn: int
    run_id: int
    run: str


def conclude(connection: Connection[Any], turn: Turn) -> str | None:
    """Compare a turn with the one before and judge it, once its run has ended; give the verdict, None while it goes on.

    Report and verdict come together, and once: whoever comes later changes nothing. What a person said counts first.
    """
    row = connection.execute(PREVIOUS, [turn.campaign_run_id]).fetchone()
    before = Before(*row) if row else None
    found = _judge(connection, turn, before)
    if found is None:
        return None
    document = None if before is None else _comparison(connection, before.run, turn.run)
    verdict, reason = found
    left_out = f"; left out: {_sentences(turn.refused)}" if turn.refused else ""
    die_at("before_report")
    with connection.transaction():
        connection.execute(REPORT, [turn.campaign_run_id, before and before.campaign_run_id, document])
        connection.execute(VERDICT, [turn.campaign_run_id, verdict, True, reason + left_out])
    return str(connection.execute(IN_FORCE, [turn.campaign_run_id]).fetchall()[0][0])


def judge(connection: Connection[Any], campaign: str, turn: Turn, verdict: str, reason: str) -> None:
    """Keep what a person says of a turn; the verdict of the rules stays beside it.

    Raises
    ------
    NoTurn
        Raised if it has not been compared and judged by rule: it goes on, or nobody has looked since it ended.
    NoReason
        Raised if the reason is empty.
    """
    if not turn.reported:
        said = f"has no report on turn {turn.turn} yet: `skyledger campaign schedule` makes it when its run has ended"
        raise NoTurn(campaign, said)
    if not reason.strip():
        raise NoReason(campaign, turn.turn)
    connection.execute(VERDICT, [turn.campaign_run_id, verdict, False, reason.strip()])


def _judge(connection: Connection[Any], turn: Turn, before: Before | None) -> tuple[str, str] | None:
    """Give verdict and reason by the rules; None while the run goes on."""
    failed, cancelled, going, holds = connection.execute(UNITS, {"run": turn.run_id}).fetchall()[0]
    if going:
        return None
    if failed or cancelled:
        said = {f"{failed} units are dead or blocked": failed, f"{cancelled} units were cancelled": cancelled}
        return "failed", " and ".join(sentence for sentence, n in said.items() if n)
    if not holds:
        return "failed", "the run holds nothing"
    if before is None:
        return "same", "no earlier turn ended well: there is nothing to compare with"
    verdict, reason = _by_specifications(connection, before.run_id, turn.run_id)
    if lost := _lost(connection, turn, before):
        why = "" if turn.refused else ": what they are made from is not there, or not selected, any more"
        return "worse", f"lost: {lost} of the data IDs that turn {before.turn} has results on{why}; {reason}"
    return verdict, reason


def _lost(connection: Connection[Any], turn: Turn, before: Before) -> int:
    """Count the data IDs that the earlier turn has results on, and this one has not though it should."""
    tasks = pipeline_of_turn(connection, turn.run_id).classes()
    made = [(task.name, output.dataset_type) for task in tasks for output in task.outputs().values()]
    gathered = [(task.name, role) for task in tasks for role in task.gathers()]
    asked = {
        "turn": turn.campaign_run_id,
        "before": before.run_id,
        "makers": [task for task, _ in made],
        "types": [dataset_type for _, dataset_type in made],
        "gatherers": [task for task, _ in gathered],
        "gathered": [role for _, role in gathered],
    }
    return int(connection.execute(LOST, asked).fetchall()[0][0])


def _sentences(refused: list[str]) -> str:
    """Quote some of what a plan said, and how much more there is; the turn keeps all of it."""
    more = len(refused) - SAID
    return "; ".join([*refused[:SAID], *([f"and {more} more"] if more > 0 else [])])


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
