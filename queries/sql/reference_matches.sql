-- reference_matches: Sources of one image beside the nearest star of the reference catalog it was calibrated with.
-- :param instrument text Instrument.
-- :param visit int Visit.
-- :param detector int Detector.
-- :param run text=null Run whose sources are meant; the latest processing by default.
-- :param radius float=2 Largest separation of a match, in arcsec.
-- :param snr float=10 Least signal to noise of a source.
with chosen as (
  -- `offset 0`: by the index on the image, not from the latest dataset backwards.
  select max(s.dataset_id) as dataset_id
  from (select * from source
        where instrument = %(instrument)s::text and visit = %(visit)s::int8 and detector = %(detector)s::int4 offset 0) s
  where (%(run)s::text is null
         or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id))
), terms as materialized (
  select d.config, coalesce(d.config ->> 'reference_catalog', 'gaia_dr2') as catalog,
         lower(coalesce(d.config ->> 'reference_magnitude', 'gMag')) as magnitude_column,
         lower(coalesce(d.config #>> '{reference_colour,0}', 'bpMag')) as blue_column,
         lower(coalesce(d.config #>> '{reference_colour,1}', 'rpMag')) as red_column
  from dataset d join chosen c using (dataset_id)
), s as materialized (
  select s.*, floor(s.dec * 3600 / %(radius)s::float8)::int8 as strip
  from source s join chosen c using (dataset_id)
  where s.visit = %(visit)s::int8 and s.detector = %(detector)s::int4 and not s.centroid_flag
    and s.psfflux_instflux > %(snr)s::float8 * s.psfflux_instfluxerr and s.psfflux_instflux <> 'NaN'
), epoch as materialized (
  select avg(s.midpointmjdtai) as mjd from s
), cell as (
  -- HEALPix cells of order 8, 14 arcmin: a star beyond the edge of all cells that hold sources is very rare.
  select distinct s._healpix_29 >> 42 as number from s where s._healpix_29 >= 0
), star as materialized (
  select r as facts, r.refstarid, r.catalog, m.ra_now, m.dec_now,
         -- A star stands in its strip and in both next to it, so that a source meets it in its own.
         floor(m.dec_now * 3600 / %(radius)s::float8)::int8 + near.step as strip
  from cell c
  cross join terms t
  cross join epoch e
  -- `offset 0`: each cell is one look into the index.
  cross join lateral (
    select * from reference_star where _healpix_29 >= c.number << 42 and _healpix_29 < (c.number + 1) << 42 offset 0) r
  -- Moved by its proper motion, where that is known, from its epoch to that of the image.
  cross join lateral (
    select r.ra + coalesce(nullif(r.pmra, 'NaN'), 0) * (e.mjd - r.epochmjdtai) / 365.25 / 3.6e6 / cos(radians(r.dec)) as ra_now,
           r.dec + coalesce(nullif(r.pmdec, 'NaN'), 0) * (e.mjd - r.epochmjdtai) / 365.25 / 3.6e6 as dec_now) m
  cross join (values (-1), (0), (1)) as near (step)
  where r.catalog = t.catalog
), pair as (
  select distinct on (s.sourceid) s.sourceid, s.x, s.y, s.ra, s.dec, s.band, r.refstarid, r.catalog, r.facts, d.d_ra, d.d_dec,
         case when s.psfflux > 0 and s.psfflux <> 'NaN' then 31.4 - 2.5 * log(s.psfflux) end as magnitude,
         s.calib_astrometry_used, s.calib_photometry_used, s.dataset_id
  from s join star r on r.strip = s.strip
  cross join lateral (
    select 3600 * (mod((s.ra - r.ra_now + 540)::numeric, 360)::float8 - 180) * cos(radians(s.dec)) as d_ra,
           3600 * (s.dec - r.dec_now) as d_dec) d
  where d.d_ra ^ 2 + d.d_dec ^ 2 <= %(radius)s::float8 ^ 2
  -- The components of a double star may have one position.
  order by s.sourceid, d.d_ra ^ 2 + d.d_dec ^ 2, r.refstarid
), known as (
  -- Of the matched stars alone: a row as JSON costs more than all the rest of a star.
  select p.*, (f.star ->> t.magnitude_column)::float8 as reference_magnitude,
         (f.star ->> t.blue_column)::float8 - (f.star ->> t.red_column)::float8 as colour,
         t.config -> 'colour_terms' -> p.band as terms
  from pair p cross join terms t cross join lateral (select to_jsonb(p.facts) as star offset 0) f
)
select p.sourceid, p.refstarid, p.catalog, p.x, p.y, p.ra, p.dec, p.band, p.d_ra, p.d_dec, p.magnitude, p.reference_magnitude,
       p.colour, q.predicted, p.magnitude - q.predicted as d_magnitude, p.calib_astrometry_used, p.calib_photometry_used,
       p.dataset_id
from known p
-- What the colour terms of the task's configuration make of the reference star; NULL where there are none for the band.
cross join lateral (
  select case when p.colour <> 'NaN' or jsonb_array_length(p.terms) = 1
              then p.reference_magnitude + sum(k.term::float8 * power(case when p.colour = 'NaN' then 0 else p.colour end, k.number - 1)) end as predicted
  from jsonb_array_elements_text(p.terms) with ordinality as k (term, number)
) q
order by p.magnitude, p.sourceid
