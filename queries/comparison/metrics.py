"""Metrics of two collections: how their values moved, and which specifications are broken or kept anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from queries.comparison.errors import UnknownMetric
from queries.comparison.members import Pairs

WORST = 5  # datasets that are named for a metric
BROKEN = 10  # datasets that are named for a specification
BINS = 40  # of a histogram
TAIL = 0.01  # on each side of it, in the first and the last bin

# What is compared is asked for by keys first: joined to the pairs at once, two views of ten tables each would be more
# than the planner looks through.
MOVED = """
with known as materialized (
  select metric, unit, dataset_id, value from measurement
  where dataset_id = any(%(all)s) and (%(metrics)s::text[] is null or metric = any(%(metrics)s))
), difference as materialized (
  select x.metric, x.unit, p.a, p.b, x.value as before, y.value as after,
         case when abs(y.value - x.value) < 'infinity' then y.value - x.value end as moved,
         x.value = 'NaN' as unknown_a, y.value = 'NaN' as unknown_b
  from unnest(%(a)s::bigint[], %(b)s::bigint[]) as p (a, b)
  join known x on x.dataset_id = p.a join known y on y.dataset_id = p.b and y.metric = x.metric
), summary as (
  select metric, unit, count(*) filter (where not unknown_a and not unknown_b) as n,
         count(*) filter (where moved = 0) as n_equal,
         count(*) filter (where unknown_b and not unknown_a) as n_newly_unknown,
         count(*) filter (where unknown_a and not unknown_b) as n_newly_known,
         avg(moved) as mean,
         stddev_samp(moved) as sd,
         percentile_cont(array[0.05, 0.5, 0.95]) within group (order by moved) as at,
         percentile_cont(array[%(tail)s, 1 - %(tail)s]) within group (order by moved) as ends
  from difference group by 1, 2
), bin as (
  select metric, bin, count(*) as n
  from difference join summary using (metric) cross join lateral (
    select case when ends[1] < ends[2] then width_bucket(moved, ends[1], ends[2], %(bins)s) else 1 end as raw) as r
  cross join lateral (select greatest(1, least(%(bins)s, raw)) as bin) as b
  where moved is not null group by 1, 2
), ranked as (
  select metric, a, b, before, after, row_number() over (partition by metric order by abs(moved) desc, b) as place
  from difference where moved <> 0
)
select s.metric, s.unit, s.n, s.n_equal, s.n_newly_unknown, s.n_newly_known, s.mean, s.sd,
       s.at[1] as low, s.at[2] as median, s.at[3] as high, coalesce(s.ends, '{}') as ends,
       coalesce((select jsonb_object_agg(i.bin, i.n) from bin i where i.metric = s.metric), '{}') as bins,
       coalesce((select jsonb_agg(jsonb_build_array(r.a, r.b, r.before, r.after) order by r.place) from ranked r
                 where r.metric = s.metric and r.place <= %(worst)s), '[]') as worst
from summary s order by s.metric"""
JUDGED = """
with known as materialized (
  select metric, specification, operator, threshold, unit, dataset_id, value, ok from verdict
  where dataset_id = any(%(all)s) and (%(metrics)s::text[] is null or metric = any(%(metrics)s))
), both_sides as materialized (
  select metric, specification, concat_ws(' ', operator, threshold, nullif(x.unit, '')) as must_be, p.a, p.b,
         abs(y.value - threshold) as off, x.ok is not false and y.ok is false as newly_bad,
         x.ok is false and y.ok as newly_good, x.ok is false as bad_a, y.ok is false as bad_b
  from unnest(%(a)s::bigint[], %(b)s::bigint[]) as p (a, b)
  join known x on x.dataset_id = p.a
  join known y using (metric, specification, operator, threshold) where y.dataset_id = p.b
)
select metric, specification, must_be, count(*) as n, count(*) filter (where bad_a) as n_bad_a,
       count(*) filter (where bad_b) as n_bad_b, count(*) filter (where newly_bad) as n_newly_bad,
       count(*) filter (where newly_good) as n_newly_good,
       coalesce((array_agg(b order by off desc, b) filter (where newly_bad))[1:%(broken)s], '{}') as newly_bad,
       coalesce((array_agg(b order by b) filter (where newly_good))[1:%(broken)s], '{}') as newly_good
from both_sides group by 1, 2, 3 order by 7 desc, 1, 2, 3"""


@dataclass(frozen=True)
class Movement:
    """How the values of a metric moved from a to b, where both are known.

    `bins` counts differences between the two `ends` in `BINS` bins, from 1; what lies beyond is in the first and the
    last. `worst` are the datasets of a and b, with their values, that differ most.
    """

    metric: str
    unit: str
    n: int
    n_equal: int
    n_newly_unknown: int
    n_newly_known: int
    mean: float | None
    sd: float | None
    low: float | None  # 5 %
    median: float | None
    high: float | None  # 95 %
    ends: list[float]
    bins: dict[str, int]
    worst: list[tuple[int, int, float, float]]


@dataclass(frozen=True)
class Judgement:
    """How many datasets keep a specification; those are named that break it in b and did not in a, or the reverse."""

    metric: str
    specification: str
    must_be: str
    n: int
    n_bad_a: int
    n_bad_b: int
    n_newly_bad: int
    n_newly_good: int
    newly_bad: list[int]
    newly_good: list[int]


def metrics(
    connection: Connection[Any], pairs: Sequence[Pairs], wanted: Sequence[str] = ()
) -> tuple[list[Movement], list[Judgement]]:
    """Compare the metrics of datasets that are not the same on both sides.

    Raises
    ------
    UnknownMetric
        Raised if a metric that is asked for does not exist.
    """
    if wanted:
        known = [row[0] for row in connection.execute("select metric from metric order by 1")]
        for name in wanted:
            if name not in known:
                raise UnknownMetric(name, known)
    of_a = [pair.a for some in pairs for pair in some.pairs]
    of_b = [pair.b for some in pairs for pair in some.pairs]
    values = {
        "a": of_a, "b": of_b, "all": of_a + of_b, "metrics": list(wanted) or None,
        "tail": TAIL, "bins": BINS, "worst": WORST, "broken": BROKEN,
    }  # fmt: skip
    moved = connection.cursor(row_factory=class_row(Movement)).execute(MOVED, values).fetchall()
    judged = connection.cursor(row_factory=class_row(Judgement)).execute(JUDGED, values).fetchall()
    return moved, judged
