-- visit_quality: Seeing, zero point, astrometry, sky and depth of each detector image.
-- :param instrument text=null Instrument; all by default.
-- :param visit int=null Visit; all by default.
-- :param band text=null Band; all by default.
-- :param run text=null Run whose images are meant; the latest processing of each image by default.
select distinct on (v.instrument, v.visit, v.detector)
       v.instrument, v.visit, v.detector, v.band, v.expmidptmjd as mid_mjd_tai, v.seeing, v.psffwhm, v.zeropoint,
       v.zeropointscatter, v.astromoffsetmean, v.astromoffsetstd, v.skybg, v.skynoise, v.pixelunit, v.maglim, v.nsource,
       concat_ws(' ',
         case when v.psf_flag_fewstars then 'psf_flag_fewStars' end,
         case when v.photometry_flag_fewstandards then 'photometry_flag_fewStandards' end,
         case when v.photometry_flag_fromheader then 'photometry_flag_fromHeader' end,
         case when v.astrometry_flag_fewstandards then 'astrometry_flag_fewStandards' end,
         case when v.astrometry_flag_noreference then 'astrometry_flag_noReference' end) as flags,
       v.dataset_id
from visit_detector v
where (%(instrument)s::text is null or v.instrument = %(instrument)s)
  and (%(visit)s::int8 is null or v.visit = %(visit)s)
  and (%(band)s::text is null or v.band = %(band)s)
  and (%(run)s::text is null
       or exists (select from member m where m.collection = %(run)s and m.dataset_id = v.dataset_id))
order by v.instrument, v.visit, v.detector, v.dataset_id desc
