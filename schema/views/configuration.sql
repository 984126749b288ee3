create view public.configuration as
select encode(c.digest, 'hex') as config_digest, c.body as config, c.created_at from registry.config c;
comment on view public.configuration is 'Configurations of tasks that were ever used.';
comment on column public.configuration.config_digest is 'SHA-256 of the configuration, hexadecimal.';
comment on column public.configuration.config is 'Every parameter that changes the result, with its value.';
comment on column public.configuration.created_at is 'When it was first used (UTC).';
