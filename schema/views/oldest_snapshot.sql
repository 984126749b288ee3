create view public.oldest_snapshot as
select * from work.snapshots();
comment on view public.oldest_snapshot is 'Sessions that keep dead rows from being vacuumed, the oldest first: they slow claims down.';
comment on column public.oldest_snapshot.pid is 'Process of the server.';
comment on column public.oldest_snapshot.role is 'Role of the session.';
comment on column public.oldest_snapshot.application is 'What it calls itself.';
comment on column public.oldest_snapshot.state is 'What it does: active, or idle in transaction.';
comment on column public.oldest_snapshot.since is 'When its transaction began (UTC).';
comment on column public.oldest_snapshot.age_s is 'For how long [s].';
comment on column public.oldest_snapshot.held_xids is 'Transactions since its snapshot: what they deleted stays.';
