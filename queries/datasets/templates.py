"""SQL of conditions on datasets, with `d` as the view `dataset`; places for values are in braces."""

# Where the values of what a dataset can have several of are found, each by a key.
MEMBERS = "d.dataset_id in (select m.dataset_id from member m where {also}{condition})"
MARKS = """(d.dataset_id in (select k.dataset_id from mark k
     where k.revoked_at is null and k.dataset_id is not null and {condition})
  or coalesce(d.config_digest in (select k.config_digest from mark k
     where k.revoked_at is null and k.config_digest is not null and {condition}), false)
  or coalesce((d.task, d.code_digest) in (select k.task, k.code_digest from mark k
     where k.revoked_at is null and k.task is not null and {condition}), false))"""
METRIC = """d.dataset_id in (select q.dataset_id from dataset_metric q
  where q.metric = {metric} and q.value <> 'NaN' and {condition})"""
# As the view verdict has it, and for what else was made in the same step.
VERDICT = """exists (select from dataset_metric q join specification s on s.metric = q.metric
    and (s.instrument is null or s.instrument = d.instrument) and (s.band is null or s.band = d.band)
  where q.dataset_id = d.dataset_id and s.specification = {name} and q.value <> 'NaN'
    and case s.operator when '<=' then q.value <= s.threshold when '<' then q.value < s.threshold
                        when '>=' then q.value >= s.threshold else q.value > s.threshold end = {kept})"""
# The walk from all marks downwards is made once. It gives few datasets, as a rule: see LYING.
TAINTS = "d.dataset_id in (select t.dataset_id from taint t where {condition})"
TAINTED = "d.dataset_id = any(array(select t.dataset_id from taint t where {condition}))"
RELATIVES = """d.dataset_id in (select f.dataset_id from registry.{walk}(array(
    select o.dataset_id from dataset o where o.uid = {uid})) f where f.depth > 0)"""
OVERLAPS = "d.coordinate_id in (select f.coordinate_id from coverage f where f.ranges && {ranges})"
# The same, as keys that are looked up one by one: few datasets lie in a shape, and PostgreSQL, which expects thousands,
# would read all of them. Where the rows are found in another way, an array would be searched for each.
LYING = """d.dataset_id = any(array(
    select p.dataset_id from (select distinct f.coordinate_id from coverage f where f.ranges && {ranges}) f
    cross join dataset_type y
    join recipe p on p.dataset_type_id = y.dataset_type_id and p.coordinate_id = f.coordinate_id))"""


def several(name: str, tainted: str) -> str:
    """Give the template for what a dataset can have several of."""
    members = MEMBERS.replace("{also}", "m.kind = 'run' and " if name == "run" else "")
    return {"mark": MARKS, "taint": tainted}.get(name, members)
