-- reference_residuals: Positions and fluxes of each detector image against the reference catalog, the worst first.
-- :param instrument text=null Instrument; all by default.
-- :param visit int=null Visit; all by default.
-- :param run text=null Run whose images are meant; every processing by default.
select v.instrument, v.visit, v.detector, v.band, v.nastrometrystar, v.astromrarms, v.astromdecrms, v.astromoffsetmean,
       v.nphotometrystar, v.zeropoint, v.zeropointerr, v.zeropointscatter,
       concat_ws(' ',
         case when v.astrometry_flag_fewstandards then 'astrometry_flag_fewStandards' end,
         case when v.astrometry_flag_noreference then 'astrometry_flag_noReference' end,
         case when v.photometry_flag_fewstandards then 'photometry_flag_fewStandards' end,
         case when v.photometry_flag_fromheader then 'photometry_flag_fromHeader' end) as flags,
       v.dataset_id
from visit_detector v
where (%(instrument)s::text is null or v.instrument = %(instrument)s)
  and (%(visit)s::int8 is null or v.visit = %(visit)s)
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = v.dataset_id))
-- NaN counts as greatest in PostgreSQL: images without a fit come last here, not first.
order by nullif(v.astromoffsetmean, 'NaN') desc nulls last, v.instrument, v.visit, v.detector, v.dataset_id
