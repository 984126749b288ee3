-- snapshots: Sessions that keep dead rows from being vacuumed, the oldest first.
select * from oldest_snapshot order by held_xids desc, pid
