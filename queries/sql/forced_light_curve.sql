-- forced_light_curve: Flux over time at a listed position, detected or not, in order of time.
-- :param position_list text List of positions, as it was ingested.
-- :param object_id int Position in it, as in forced_source.objectId.
-- :param run text=null Run whose fluxes are meant (the column run); by default every processing, so an image that was processed twice counts twice.
select s.expmidptmjd as mjd_tai, s.band, s.psfflux, s.psffluxerr,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 31.4 - 2.5 * log(s.psfflux) else 'NaN' end as magnitude,
       case when s.psfflux > 0 and s.psfflux <> 'NaN' then 2.5 / ln(10.0::float8) * s.psffluxerr / s.psfflux else 'NaN' end
         as magnitude_err,
       s.psfflux_instflux, s.psfflux_instfluxerr, s.instrument, s.visit, s.detector,
       concat_ws(' ',
         case when s.psfflux_flag then 'psfFlux_flag' end,
         case when s.invalidpsfflag then 'invalidPsfFlag' end,
         case when s.pixelflags_bad then 'pixelFlags_bad' end,
         case when s.pixelflags_cr then 'pixelFlags_cr' end,
         case when s.pixelflags_edge then 'pixelFlags_edge' end,
         case when s.pixelflags_interpolated then 'pixelFlags_interpolated' end,
         case when s.pixelflags_nodata then 'pixelFlags_nodata' end,
         case when s.pixelflags_saturated then 'pixelFlags_saturated' end,
         case when s.pixelflags_suspect then 'pixelFlags_suspect' end) as flags,
       s.dataset_id,
       -- Without a choice: the run that brought it, not those that took it over.
       coalesce(%(run)s, (
         select m.collection from member m where m.dataset_id = s.dataset_id and m.kind = 'run' order by m.since, m.collection limit 1
       )) as run
from forced_source s
where s.positionlist = %(position_list)s::text and s.objectid = %(object_id)s::int8
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = s.dataset_id))
order by s.expmidptmjd, s.instrument, s.visit, s.detector, s.dataset_id
