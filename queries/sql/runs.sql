-- runs: Runs and how far they are, the newest first; files that came in are runs, too.
-- :param n int=100 How many.
select r.run, r.pipeline, r.created_at, r.ended, r.n_units, r.n_done, r.n_reused, r.n_leased as n_running,
       r.n_waiting + r.n_ready as n_waiting, r.n_dead, r.n_blocked, r.n_cancelled
from run r
order by r.created_at desc, r.run_id desc
limit %(n)s::int8
