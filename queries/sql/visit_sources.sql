-- visit_sources: Sources of one image with their pixels and flags, the brightest first.
-- :param instrument text Instrument.
-- :param visit int Visit.
-- :param detector int Detector.
-- :param run text=null Run whose sources are meant; the latest processing by default.
-- :param n int=5000 How many.
with chosen as (
  -- `offset 0`: by the index on the image, not from the latest dataset backwards.
  select max(s.dataset_id) as dataset_id
  from (select * from source
        where instrument = %(instrument)s::text and visit = %(visit)s::int8 and detector = %(detector)s::int4 offset 0) s
  where (%(run)s::text is null
         or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id))
)
select s.sourceid, s.x, s.y, s.ra, s.dec, s.psfflux, s.psffluxerr,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 31.4 - 2.5 * log(s.psfflux) else 'NaN' end as magnitude,
       case when s.psfflux_instfluxerr > 0 then s.psfflux_instflux / s.psfflux_instfluxerr else 'NaN' end as snr,
       s.footprintarea_value,
       concat_ws(' ',
         case when s.psfflux_flag then 'psfFlux_flag' end,
         case when s.centroid_flag then 'centroid_flag' end,
         case when s.pixelflags_bad then 'pixelFlags_bad' end,
         case when s.pixelflags_cr then 'pixelFlags_cr' end,
         case when s.pixelflags_edge then 'pixelFlags_edge' end,
         case when s.pixelflags_interpolated then 'pixelFlags_interpolated' end,
         case when s.pixelflags_nodata then 'pixelFlags_nodata' end,
         case when s.pixelflags_saturated then 'pixelFlags_saturated' end,
         case when s.pixelflags_suspect then 'pixelFlags_suspect' end,
         case when s.calib_psf_used then 'calib_psf_used' end,
         case when s.calib_astrometry_used then 'calib_astrometry_used' end,
         case when s.calib_photometry_used then 'calib_photometry_used' end) as flags,
       s.dataset_id
from source s join chosen c on c.dataset_id = s.dataset_id
where s.visit = %(visit)s::int8 and s.detector = %(detector)s::int4
order by nullif(s.psfflux_instflux, 'NaN') desc nulls last, s.sourceid
limit %(n)s::int8
