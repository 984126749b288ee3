-- runs: Runs and how far they are, the newest first; files that came in are runs, too.
-- :param n int=100 How many.
select r.run, r.pipeline, r.created_at, r.ended, r.n_units, r.n_done, r.n_reused, r.n_leased as n_running,
       r.n_waiting + r.n_ready as n_waiting, r.n_dead, r.n_blocked, r.n_cancelled, r.paused
-- First which ones, then how far they are: the units of other runs are not counted.
from (select run_id from run order by created_at desc, run_id desc limit %(n)s::int8) newest
cross join lateral (select * from run where run_id = newest.run_id offset 0) r
order by r.created_at desc, r.run_id desc
