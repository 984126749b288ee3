-- What revision 0002 adds to a ledger of revision 0001. The views are made anew, because columns came into their midst.

drop view public.instrument, public.exposure, public.dataset, public.run, public.work_unit, public.execution, public.measurement, public.lineage, public.member, public.reference_star, public.source, public.visit, public.visit_detector;

drop index ingest.load_once_key;

CREATE TABLE catalog.forced_source (
	load_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	objectid BIGINT NOT NULL,
	positionlist TEXT NOT NULL,
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	detector INTEGER NOT NULL,
	band TEXT NOT NULL,
	physical_filter TEXT NOT NULL,
	expmidptmjd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	coord_ra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	coord_dec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	x DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	y DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psffluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_flag BOOLEAN NOT NULL,
	psfflux_flag_edge BOOLEAN NOT NULL,
	psfflux_flag_nogoodpixels BOOLEAN NOT NULL,
	invalidpsfflag BOOLEAN NOT NULL,
	psfflux_instflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_instfluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_chi2 REAL DEFAULT 'NaN' NOT NULL,
	nblended INTEGER NOT NULL,
	localbackground_instflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	pixelflags_bad BOOLEAN NOT NULL,
	pixelflags_cr BOOLEAN NOT NULL,
	pixelflags_edge BOOLEAN NOT NULL,
	pixelflags_interpolated BOOLEAN NOT NULL,
	pixelflags_nodata BOOLEAN NOT NULL,
	pixelflags_saturated BOOLEAN NOT NULL,
	pixelflags_suspect BOOLEAN NOT NULL,
	pixelflags_saturatedcenter BOOLEAN NOT NULL,
	_healpix_29 BIGINT NOT NULL
)
 PARTITION BY LIST (load_id);

CREATE INDEX forced_source_dataset_idx ON catalog.forced_source (dataset_id);

CREATE INDEX forced_source_healpix_idx ON catalog.forced_source (_healpix_29);

CREATE INDEX forced_source_object_idx ON catalog.forced_source (objectid, positionlist);

CREATE UNIQUE INDEX forced_source_once_key ON catalog.forced_source (positionlist, objectid, dataset_id, load_id);

CREATE INDEX forced_source_visit_detector_idx ON catalog.forced_source (visit, detector);

COMMENT ON TABLE catalog.forced_source IS 'PSF fluxes at listed sky positions on single detector images, detected there or not. Names follow ForcedSource of LSST Data Preview 1. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.forced_source.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.forced_source.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.forced_source.objectid IS 'Identifier of the position in its list: the id of the file, or else its row number from 1. (meta.id;src)';

COMMENT ON COLUMN catalog.forced_source.positionlist IS 'Name under which the list of positions was ingested. (meta.id;meta.table)';

COMMENT ON COLUMN catalog.forced_source.instrument IS 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';

COMMENT ON COLUMN catalog.forced_source.visit IS 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.forced_source.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.forced_source.band IS 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';

COMMENT ON COLUMN catalog.forced_source.physical_filter IS 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.forced_source.expmidptmjd IS 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.forced_source.coord_ra IS 'Right ascension of the listed position, ICRS, in [0, 360), moved by its proper motion to the time of the exposure. Never NaN. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.forced_source.coord_dec IS 'Declination of the listed position, ICRS, moved by its proper motion to the time of the exposure. Never NaN. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.forced_source.x IS 'Column where the flux was measured, from the position by the WCS of the image and a shift common to the list; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.x;instr.det)';

COMMENT ON COLUMN catalog.forced_source.y IS 'Row where the flux was measured, from the position by the WCS of the image and a shift common to the list; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.y;instr.det)';

COMMENT ON COLUMN catalog.forced_source.psfflux IS 'Flux of the PSF model held at the position, with a constant local background, fitted together with the other positions of the list nearby; may be negative. AB scale. NaN when there was nothing to fit or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.forced_source.psffluxerr IS 'Standard error of psfFlux from the noise of the pixels, raised by the scatter of such fluxes on empty sky of the same image; without the error of the zero point. NaN where psfFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.forced_source.psfflux_flag IS 'True when the PSF flux is not to be trusted, for whatever reason. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.psfflux_flag_edge IS 'True when the position is too close to the border for the whole PSF model to lie on the image. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.psfflux_flag_nogoodpixels IS 'True when too few good pixels lie under the PSF model to fit it. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.invalidpsfflag IS 'True when no star showed the PSF of the image, so that its model is a guess. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.psfflux_instflux IS 'The flux behind psfFlux, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.forced_source.psfflux_instfluxerr IS 'Standard error of psfFlux_instFlux, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (stat.error;phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.forced_source.psfflux_chi2 IS 'Chi-square per degree of freedom of the pixels under the PSF model, all positions of the list subtracted. NaN when there was nothing to fit. [dimensionless] (stat.fit.chi2)';

COMMENT ON COLUMN catalog.forced_source.nblended IS 'Positions of the list whose fluxes were solved together with this one, directly or through others; 0 for one that stands alone. [dimensionless] (meta.number)';

COMMENT ON COLUMN catalog.forced_source.localbackground_instflux IS 'Constant left under the position after the background of the image was taken off, per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (instr.skyLevel)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_bad IS 'True when a pixel within 3 pixels of the position is bad (a defect of the detector). (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_cr IS 'True when a pixel within 3 pixels of the position was hit by a cosmic ray. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_edge IS 'True when a pixel within 3 pixels of the position lies in the border of the image where the PSF model is cut. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_interpolated IS 'True when a pixel within 3 pixels of the position was interpolated from its neighbors. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_nodata IS 'True when a pixel within 3 pixels of the position has no data. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_saturated IS 'True when a pixel within 3 pixels of the position is saturated. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_suspect IS 'True when a pixel within 3 pixels of the position is suspect. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source.pixelflags_saturatedcenter IS 'True when a pixel at the position is saturated. (meta.code.qual)';

COMMENT ON COLUMN catalog.forced_source._healpix_29 IS 'HEALPix cell of order 29 (nested) of coord_ra and coord_dec. (pos.healpix)';

alter table catalog.reference_star
  add column uabmag REAL DEFAULT 'NaN' NOT NULL,
  add column uabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column gabmag REAL DEFAULT 'NaN' NOT NULL,
  add column gabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column rabmag REAL DEFAULT 'NaN' NOT NULL,
  add column rabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column iabmag REAL DEFAULT 'NaN' NOT NULL,
  add column iabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column zabmag REAL DEFAULT 'NaN' NOT NULL,
  add column zabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column yabmag REAL DEFAULT 'NaN' NOT NULL,
  add column yabmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column btmag REAL DEFAULT 'NaN' NOT NULL,
  add column btmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column vtmag REAL DEFAULT 'NaN' NOT NULL,
  add column vtmagerr REAL DEFAULT 'NaN' NOT NULL,
  add column isresolved BOOLEAN not null default false,
  add column isphotometric BOOLEAN not null default false,
  add column fileordinal INTEGER not null default 0;

-- The default was for the rows that are there; a load brings every column.
alter table catalog.reference_star
  alter column isresolved drop default,
  alter column isphotometric drop default,
  alter column fileordinal drop default;

COMMENT ON COLUMN catalog.reference_star.uabmag IS 'AB magnitude in the u band of SDSS, in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.U)';

COMMENT ON COLUMN catalog.reference_star.uabmagerr IS 'Standard error of uAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.U)';

COMMENT ON COLUMN catalog.reference_star.gabmag IS 'AB magnitude in the g band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.gabmagerr IS 'Standard error of gAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.rabmag IS 'AB magnitude in the r band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.R)';

COMMENT ON COLUMN catalog.reference_star.rabmagerr IS 'Standard error of rAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.R)';

COMMENT ON COLUMN catalog.reference_star.iabmag IS 'AB magnitude in the i band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.reference_star.iabmagerr IS 'Standard error of iAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.reference_star.zabmag IS 'AB magnitude in the z band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.reference_star.zabmagerr IS 'Standard error of zAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.I)';

COMMENT ON COLUMN catalog.reference_star.yabmag IS 'AB magnitude in the y band of PS1, in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.IR.NIR)';

COMMENT ON COLUMN catalog.reference_star.yabmagerr IS 'Standard error of yAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.IR.NIR)';

COMMENT ON COLUMN catalog.reference_star.btmag IS 'Magnitude in the B_T band of Tycho-2, Vega system. NaN when not measured. [mag] (phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.btmagerr IS 'Standard error of btMag. NaN when not known. [mag] (stat.error;phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.vtmag IS 'Magnitude in the V_T band of Tycho-2, Vega system. NaN when not measured. [mag] (phot.mag;em.opt.V)';

COMMENT ON COLUMN catalog.reference_star.vtmagerr IS 'Standard error of vtMag. NaN when not known. [mag] (stat.error;phot.mag;em.opt.V)';

COMMENT ON COLUMN catalog.reference_star.isresolved IS 'True when the catalog calls the source resolved, a galaxy rather than a star; false also when it does not tell. (meta.code.class)';

COMMENT ON COLUMN catalog.reference_star.isphotometric IS 'True when the catalog marks the source as fit for photometric calibration; false also when it has no such mark. (meta.code.qual)';

COMMENT ON COLUMN catalog.reference_star.fileordinal IS 'Which of the files that the dataset was made of the star stands in: the ordinal of the input of role file in the view lineage. (meta.id;meta.file)';

alter table catalog.source
  add column parentsourceid BIGINT not null default 0,
  add column deblend_npeaks INTEGER not null default 0,
  add column detect_isisolated BOOLEAN not null default false,
  add column deblend_peak_center_x INTEGER not null default 0,
  add column deblend_peak_center_y INTEGER not null default 0,
  add column footprint_xmin INTEGER not null default 0,
  add column footprint_xmax INTEGER not null default 0,
  add column footprint_ymin INTEGER not null default 0,
  add column footprint_ymax INTEGER not null default 0,
  add column kronflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
  add column kronfluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
  add column kronrad REAL DEFAULT 'NaN' NOT NULL,
  add column kronflux_flag BOOLEAN not null default true,
  add column kronflux_flag_used_minimum_radius BOOLEAN not null default false,
  add column petroflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
  add column petrofluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
  add column petrorad REAL DEFAULT 'NaN' NOT NULL,
  add column petror50 REAL DEFAULT 'NaN' NOT NULL,
  add column petror90 REAL DEFAULT 'NaN' NOT NULL,
  add column petroflux_flag BOOLEAN not null default true,
  add column ixx REAL DEFAULT 'NaN' NOT NULL,
  add column ixxerr REAL DEFAULT 'NaN' NOT NULL,
  add column ixxpsf REAL DEFAULT 'NaN' NOT NULL,
  add column iyy REAL DEFAULT 'NaN' NOT NULL,
  add column iyyerr REAL DEFAULT 'NaN' NOT NULL,
  add column iyypsf REAL DEFAULT 'NaN' NOT NULL,
  add column ixy REAL DEFAULT 'NaN' NOT NULL,
  add column ixyerr REAL DEFAULT 'NaN' NOT NULL,
  add column ixypsf REAL DEFAULT 'NaN' NOT NULL,
  add column shape_flag BOOLEAN not null default true,
  add column spreadmodel REAL DEFAULT 'NaN' NOT NULL,
  add column spreadmodelerr REAL DEFAULT 'NaN' NOT NULL,
  add column sizeextendedness REAL DEFAULT 'NaN' NOT NULL,
  add column extendedness REAL DEFAULT 'NaN' NOT NULL,
  add column extendedness_flag BOOLEAN not null default true,
  add column neighbordistance REAL DEFAULT 'NaN' NOT NULL,
  add column neighborfluxratio REAL DEFAULT 'NaN' NOT NULL,
  add column ap12flux_neighborfraction REAL DEFAULT 'NaN' NOT NULL,
  add column borderdistance REAL DEFAULT 'NaN' NOT NULL,
  add column pixelflags_offimage BOOLEAN not null default false,
  add column psfflux_apcorr REAL DEFAULT 'NaN' NOT NULL,
  add column psfflux_apcorrerr REAL DEFAULT 'NaN' NOT NULL,
  add column ap03flux_apcorr REAL DEFAULT 'NaN' NOT NULL,
  add column ap03flux_apcorrerr REAL DEFAULT 'NaN' NOT NULL,
  add column ap06flux_apcorr REAL DEFAULT 'NaN' NOT NULL,
  add column ap06flux_apcorrerr REAL DEFAULT 'NaN' NOT NULL,
  add column ap09flux_apcorr REAL DEFAULT 'NaN' NOT NULL,
  add column ap09flux_apcorrerr REAL DEFAULT 'NaN' NOT NULL,
  add column ap17flux_apcorr REAL DEFAULT 'NaN' NOT NULL,
  add column ap17flux_apcorrerr REAL DEFAULT 'NaN' NOT NULL,
  add column psfflux_flag_apcorr BOOLEAN not null default false;

-- The default was for the rows that are there; a load brings every column.
alter table catalog.source
  alter column parentsourceid drop default,
  alter column deblend_npeaks drop default,
  alter column detect_isisolated drop default,
  alter column deblend_peak_center_x drop default,
  alter column deblend_peak_center_y drop default,
  alter column footprint_xmin drop default,
  alter column footprint_xmax drop default,
  alter column footprint_ymin drop default,
  alter column footprint_ymax drop default,
  alter column kronflux_flag drop default,
  alter column kronflux_flag_used_minimum_radius drop default,
  alter column petroflux_flag drop default,
  alter column shape_flag drop default,
  alter column extendedness_flag drop default,
  alter column pixelflags_offimage drop default,
  alter column psfflux_flag_apcorr drop default;

COMMENT ON COLUMN catalog.source.parentsourceid IS 'Identifier (sourceId) of the brightest source of the same connected footprint, which names the blend; 0 for a source that shares its footprint with no other. (meta.id;src)';

COMMENT ON COLUMN catalog.source.deblend_npeaks IS 'Number of sources that the connected footprint was split into; 1 for a source that shares its footprint with no other. [dimensionless] (meta.number;src)';

COMMENT ON COLUMN catalog.source.detect_isisolated IS 'True when the source shares its connected footprint with no other. (meta.code.class)';

COMMENT ON COLUMN catalog.source.deblend_peak_center_x IS 'Column of the brightest pixel of the footprint. [pixel] (pos.cartesian.x;instr.det)';

COMMENT ON COLUMN catalog.source.deblend_peak_center_y IS 'Row of the brightest pixel of the footprint. [pixel] (pos.cartesian.y;instr.det)';

COMMENT ON COLUMN catalog.source.footprint_xmin IS 'First column of the footprint. [pixel] (pos.cartesian.x;instr.det;stat.min)';

COMMENT ON COLUMN catalog.source.footprint_xmax IS 'Last column of the footprint. [pixel] (pos.cartesian.x;instr.det;stat.max)';

COMMENT ON COLUMN catalog.source.footprint_ymin IS 'First row of the footprint. [pixel] (pos.cartesian.y;instr.det;stat.min)';

COMMENT ON COLUMN catalog.source.footprint_ymax IS 'Last row of the footprint. [pixel] (pos.cartesian.y;instr.det;stat.max)';

COMMENT ON COLUMN catalog.source.kronflux IS 'Flux within an ellipse of 2.5 Kron radii around the centroid, light under the footprints of neighbors replaced by the mean of the ring, AB scale. A point source has a few hundredths of its light outside. NaN when it could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.kronfluxerr IS 'Standard error of kronFlux, from the noise of the pixels, for the aperture as it is; without the error of the zero point. NaN where kronFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.kronrad IS 'Kron radius: geometric mean of the semi-axes of the ellipse of kronFlux, divided by 2.5. NaN when not known. [pixel] (phys.angSize;src)';

COMMENT ON COLUMN catalog.source.kronflux_flag IS 'True when kronFlux is not to be trusted, e.g. because its ellipse leaves the image, holds bad pixels or is covered by neighbors all around. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.kronflux_flag_used_minimum_radius IS 'True when the ellipse of kronFlux has its least size, 3.5 times the rms of the light of the footprint. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.petroflux IS 'Flux within two Petrosian radii around the centroid, in circles, light under the footprints of neighbors replaced by the mean of the ring, AB scale: total light that needs no model. NaN when there is no Petrosian radius or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.petrofluxerr IS 'Standard error of petroFlux, from the noise of the pixels, for the aperture as it is; without the error of the zero point. NaN where petroFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.petrorad IS 'Petrosian radius: the smallest at which the surface brightness is a fifth of the mean within. NaN when there is none, as for faint sources in noise. [pixel] (phys.angSize;src)';

COMMENT ON COLUMN catalog.source.petror50 IS 'Radius of the circle that holds half of petroFlux. NaN where petroFlux is NaN. [pixel] (phys.angSize;src)';

COMMENT ON COLUMN catalog.source.petror90 IS 'Radius of the circle that holds nine tenths of petroFlux. NaN where petroFlux is NaN. [pixel] (phys.angSize;src)';

COMMENT ON COLUMN catalog.source.petroflux_flag IS 'True when petroFlux is NaN or not to be trusted, e.g. because its circle leaves the image, holds bad pixels or has a ring that neighbors cover. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ixx IS 'Second moment of the source along x, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';

COMMENT ON COLUMN catalog.source.ixxerr IS 'Standard error of ixx, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';

COMMENT ON COLUMN catalog.source.ixxpsf IS 'Adaptive second moment of the PSF model at the source, along x. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';

COMMENT ON COLUMN catalog.source.iyy IS 'Second moment of the source along y, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';

COMMENT ON COLUMN catalog.source.iyyerr IS 'Standard error of iyy, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';

COMMENT ON COLUMN catalog.source.iyypsf IS 'Adaptive second moment of the PSF model at the source, along y. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';

COMMENT ON COLUMN catalog.source.ixy IS 'Second moment of the source of x and y, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';

COMMENT ON COLUMN catalog.source.ixyerr IS 'Standard error of ixy, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';

COMMENT ON COLUMN catalog.source.ixypsf IS 'Adaptive second moment of the PSF model at the source, of x and y. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';

COMMENT ON COLUMN catalog.source.shape_flag IS 'True when no Gaussian follows the source: it is too faint, too large, blended beyond hope or not on good pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.spreadmodel IS 'How much more extended than the PSF the source is: 0 for a point source, positive for a wider one, negative for a sharper one (SPREAD_MODEL of the Dark Energy Survey). NaN when it cannot be told. [dimensionless] (src.class.starGalaxy)';

COMMENT ON COLUMN catalog.source.spreadmodelerr IS 'Standard error of spreadModel, from the noise of the pixels. NaN where spreadModel is NaN. [dimensionless] (stat.error;src.class.starGalaxy)';

COMMENT ON COLUMN catalog.source.sizeextendedness IS 'Probability in [0, 1] that the source is more extended than a point, from its size; near 0.5 nothing is known. NaN where extendedness_flag is true. [dimensionless] (src.class.starGalaxy;stat.probability)';

COMMENT ON COLUMN catalog.source.extendedness IS 'Zero for a source that is rather a point, 1 for one that is rather extended. NaN where extendedness_flag is true. [dimensionless] (src.class.starGalaxy)';

COMMENT ON COLUMN catalog.source.extendedness_flag IS 'True when star and galaxy cannot be told apart, e.g. because no star showed the PSF. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.neighbordistance IS 'Distance to the nearest source of the image. NaN when there is no other. [pixel] (pos.angDistance)';

COMMENT ON COLUMN catalog.source.neighborfluxratio IS 'PSF flux of the nearest source over the own. NaN when there is no other, or no positive flux of its own. [dimensionless] (phot.flux;arith.ratio)';

COMMENT ON COLUMN catalog.source.ap12flux_neighborfraction IS 'Part of the light of point sources within 12 pixels of the centroid that is not the own one; what the footprints hide is counted here too. NaN without a positive PSF flux of its own. [dimensionless] (phot.flux;arith.ratio)';

COMMENT ON COLUMN catalog.source.borderdistance IS 'Distance to the border of the image, negative off the image. NaN when the centroid failed altogether. [pixel] (pos.angDistance)';

COMMENT ON COLUMN catalog.source.pixelflags_offimage IS 'True when the centroid is off the image. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.psfflux_apcorr IS 'Factor that brings psfFlux of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';

COMMENT ON COLUMN catalog.source.psfflux_apcorrerr IS 'Standard error of psfFlux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';

COMMENT ON COLUMN catalog.source.ap03flux_apcorr IS 'Factor that brings the flux within 3 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';

COMMENT ON COLUMN catalog.source.ap03flux_apcorrerr IS 'Standard error of ap03Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';

COMMENT ON COLUMN catalog.source.ap06flux_apcorr IS 'Factor that brings the flux within 6 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';

COMMENT ON COLUMN catalog.source.ap06flux_apcorrerr IS 'Standard error of ap06Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';

COMMENT ON COLUMN catalog.source.ap09flux_apcorr IS 'Factor that brings the flux within 9 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';

COMMENT ON COLUMN catalog.source.ap09flux_apcorrerr IS 'Standard error of ap09Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';

COMMENT ON COLUMN catalog.source.ap17flux_apcorr IS 'Factor that brings the flux within 17 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';

COMMENT ON COLUMN catalog.source.ap17flux_apcorrerr IS 'Standard error of ap17Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';

COMMENT ON COLUMN catalog.source.psfflux_flag_apcorr IS 'True when no star shows the aperture correction of psfFlux. (meta.code.qual)';

alter table catalog.visit alter column physical_filter drop not null;

alter table catalog.visit alter column band drop not null;

alter table catalog.visit alter column day_obs drop not null;

alter table catalog.visit alter column expmidpt drop not null;

alter table catalog.visit alter column obsstart drop not null;

alter table catalog.visit
  add column headercorrected BOOLEAN not null default false;

-- The default was for the rows that are there; a load brings every column.
alter table catalog.visit
  alter column headercorrected drop default;

COMMENT ON TABLE catalog.visit IS 'Visits: one pointing of the telescope each, as the headers of the raw exposures tell. Names follow Visit of LSST Data Preview 1. What nobody knows is NaN where it is a measured number, and NULL where it is a name or a date.';

COMMENT ON COLUMN catalog.visit.physical_filter IS 'Name of the filter in the beam, as the instrument calls it; NULL when not known. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.visit.band IS 'Short name of the passband, independent of the instrument, e.g. r; NULL when not known. (instr.bandpass)';

COMMENT ON COLUMN catalog.visit.day_obs IS 'Observing night as the instrument counts it, written as the number YYYYMMDD; NULL when not known. (meta.id;time.epoch)';

COMMENT ON COLUMN catalog.visit.exptime IS 'Time for which a pixel collected light. NaN when not known. [s] (time.duration;obs.exposure)';

COMMENT ON COLUMN catalog.visit.expmidptmjd IS 'Middle of the visit, MJD in TAI. NaN when not known. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.visit.obsstartmjd IS 'Start of the visit, MJD in TAI. NaN when not known. [d] (time.start;obs.exposure)';

COMMENT ON COLUMN catalog.visit.expmidpt IS 'Middle of the visit as a calendar date, in UTC; expMidptMJD is the exact time, in TAI. NULL when not known. (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.visit.obsstart IS 'Start of the visit as a calendar date, in UTC; obsStartMJD is the exact time, in TAI. NULL when not known. (time.start;obs.exposure)';

COMMENT ON COLUMN catalog.visit.headercorrected IS 'True when a header correction replaced what the raw file says, or gave it up as not known: the view header_correction tells keyword by keyword. (meta.code)';

alter table catalog.visit_detector
  add column photometry_flag_nocolourterm BOOLEAN not null default false,
  add column psfmodel TEXT not null default '';

-- The default was for the rows that are there; a load brings every column.
alter table catalog.visit_detector
  alter column photometry_flag_nocolourterm drop default,
  alter column psfmodel drop default;

COMMENT ON COLUMN catalog.visit_detector.psfsigma IS 'Determinant radius (fourth root of the determinant of the second moments) of the PSF model at the center of the image; psfFwhm / 2.355 where the pixels are too wide for these moments, and psfE1 is NaN then. NaN when there are no stars. [pixel] (instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.seeing IS 'Full width at half maximum of the PSF: 2.355 psfSigma times pixelScale. NaN when there are no stars or no coordinates. [arcsec] (instr.obsty.seeing)';

COMMENT ON COLUMN catalog.visit_detector.psfe1 IS 'Ellipticity of the PSF model along the pixel axes, distortion convention: (Ixx - Iyy) / (Ixx + Iyy). NaN when there is no PSF model, or the pixels are too wide to measure its moments. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.psfe2 IS 'Ellipticity of the PSF model along the diagonals, distortion convention: 2 Ixy / (Ixx + Iyy). NaN when there is no PSF model, or the pixels are too wide to measure its moments. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.photometry_flag_nocolourterm IS 'True when the zero point takes magnitudes of the reference catalog as they are, because no colour term from them to the band of the image is known. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.psfmodel IS 'What the PSF model rests on, by the number of stars: quadratic, linear or constant in position (pixels), moffat (one to three stars), or guess (none). Empty where it was not recorded. (meta.code;instr.det.psf)';

CREATE TABLE work.queue (
	queue SMALLINT NOT NULL,
	name TEXT NOT NULL,
	memory_mb INTEGER NOT NULL CONSTRAINT queue_memory_positive CHECK (memory_mb > 0),
	comment TEXT NOT NULL,
	CONSTRAINT queue_pkey PRIMARY KEY (queue),
	CONSTRAINT queue_name_key UNIQUE (name)
);

COMMENT ON TABLE work.queue IS 'Classes of resources, a queue each; the owner may add and change rows.';

COMMENT ON COLUMN work.queue.queue IS 'Number; workers pull from some.';

COMMENT ON COLUMN work.queue.name IS 'Name of the class.';

COMMENT ON COLUMN work.queue.memory_mb IS 'What a unit of the class may take [MiB]; beyond it the unit goes to the next larger class.';

COMMENT ON COLUMN work.queue.comment IS 'What the class is for.';

insert into work.queue (queue, name, memory_mb, comment) values
  (0, 'normal', 4096, 'What a core has on most hosts.'),
  (1, 'large', 16384, 'Many images at once.'),
  (2, 'huge', 65536, 'What needs most of a host.');

CREATE TABLE quality.specification (
	specification_id INTEGER GENERATED ALWAYS AS IDENTITY,
	metric_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	instrument TEXT DEFAULT '' NOT NULL,
	band TEXT DEFAULT '' NOT NULL,
	operator TEXT NOT NULL,
	threshold DOUBLE PRECISION NOT NULL,
	description TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL,
	CONSTRAINT specification_pkey PRIMARY KEY (specification_id),
	CONSTRAINT specification_operator_known CHECK (operator in ('<=', '<', '>=', '>')),
	CONSTRAINT specification_threshold_finite CHECK (threshold = threshold and abs(threshold) < 'infinity'),
	CONSTRAINT specification_metric_id_fkey FOREIGN KEY(metric_id) REFERENCES quality.metric (metric_id)
);

CREATE UNIQUE INDEX specification_in_force_key ON quality.specification (metric_id, name, instrument, band) WHERE until = 'infinity';

COMMENT ON TABLE quality.specification IS 'Specifications of metrics; a change is a new row, so that an old verdict can be understood.';

COMMENT ON COLUMN quality.specification.specification_id IS 'Surrogate key.';

COMMENT ON COLUMN quality.specification.metric_id IS 'Metric.';

COMMENT ON COLUMN quality.specification.name IS 'Name among the specifications of the metric, e.g. design.';

COMMENT ON COLUMN quality.specification.instrument IS 'Instrument; empty for all.';

COMMENT ON COLUMN quality.specification.band IS 'Band; empty for all.';

COMMENT ON COLUMN quality.specification.operator IS 'How the value must stand to the threshold.';

COMMENT ON COLUMN quality.specification.threshold IS 'Threshold in the metric''s unit.';

COMMENT ON COLUMN quality.specification.description IS 'Why it must, in one sentence.';

COMMENT ON COLUMN quality.specification.since IS 'When it came into force.';

COMMENT ON COLUMN quality.specification.until IS 'When another took its place; infinity while it is in force.';

CREATE TABLE work.low_water (
	queue SMALLINT NOT NULL,
	priority SMALLINT NOT NULL,
	vtime DOUBLE PRECISION NOT NULL,
	fence BIGINT NOT NULL,
	CONSTRAINT low_water_pkey PRIMARY KEY (queue),
	CONSTRAINT low_water_queue_fkey FOREIGN KEY(queue) REFERENCES work.queue (queue)
);

COMMENT ON TABLE work.low_water IS 'Claims skip what was claimed before, which a long snapshot keeps in the index.';

COMMENT ON COLUMN work.low_water.queue IS 'Queue.';

COMMENT ON COLUMN work.low_water.priority IS 'Priority, and';

COMMENT ON COLUMN work.low_water.vtime IS 'virtual time tag before which nothing can be claimed.';

COMMENT ON COLUMN work.low_water.fence IS 'Leases that there had been when the mark was last raised.';

alter table work.worker
  add column queues SMALLINT[] DEFAULT '{0}' NOT NULL;

COMMENT ON COLUMN work.worker.queues IS 'Queues that it pulls from, in its order of preference.';

alter table ingest.load
  add column merged_into BIGINT,
  add column retired_at TIMESTAMP WITH TIME ZONE;

alter table ingest.load add CONSTRAINT load_merged_into_fkey FOREIGN KEY(merged_into) REFERENCES ingest.load (load_id);

alter table ingest.load add CONSTRAINT load_retired_has_a_time CHECK ((state = 'retired') = (retired_at is not null));

alter table ingest.load drop constraint load_state_known;

alter table ingest.load add CONSTRAINT load_state_known CHECK (state in ('open', 'published', 'retiring', 'retired'));

CREATE UNIQUE INDEX load_manifest_key ON ingest.load (target, manifest_digest) WHERE state <> 'retired';

CREATE INDEX load_merged_into_idx ON ingest.load (merged_into);

COMMENT ON COLUMN ingest.load.state IS 'open, published, retiring or retired.';

COMMENT ON COLUMN ingest.load.merged_into IS 'Load that takes, or took, its place.';

COMMENT ON COLUMN ingest.load.retired_at IS 'When its rows had left the table.';

alter table registry.visit alter column physical_filter drop not null;

alter table registry.visit alter column day_obs drop not null;

COMMENT ON COLUMN registry.visit.physical_filter IS 'Filter in the beam; NULL where nobody knows.';

COMMENT ON COLUMN registry.visit.day_obs IS 'Observing night, YYYYMMDD; NULL where nobody knows.';

alter table work.share drop column vtime;

alter table work.share
  add column paused BOOLEAN DEFAULT false NOT NULL;

alter table work.share drop constraint share_weight_positive;

alter table work.share add CONSTRAINT share_weight_positive CHECK (weight between 1e-6 and 1e6);

COMMENT ON COLUMN work.share.paused IS 'An operator holds the run: nothing of it is claimed.';

alter table registry.exposure alter column physical_filter drop not null;

alter table registry.exposure alter column day_obs drop not null;

alter table registry.exposure alter column obs_start_mjd_tai drop not null;

alter table registry.exposure alter column exp_time drop not null;

COMMENT ON COLUMN registry.exposure.physical_filter IS 'Filter in the beam; NULL where nobody knows.';

COMMENT ON COLUMN registry.exposure.day_obs IS 'Observing night, YYYYMMDD; NULL where nobody knows.';

COMMENT ON COLUMN registry.exposure.obs_start_mjd_tai IS 'Opening of the shutter, MJD (TAI) [d]; NULL where nobody knows.';

COMMENT ON COLUMN registry.exposure.exp_time IS 'Exposure time [s]; NULL where nobody knows.';

CREATE TABLE work.place (
	run_id INTEGER NOT NULL,
	queue SMALLINT NOT NULL,
	priority SMALLINT NOT NULL,
	vtime DOUBLE PRECISION NOT NULL,
	CONSTRAINT place_pkey PRIMARY KEY (run_id, queue, priority),
	CONSTRAINT place_run_id_fkey FOREIGN KEY(run_id) REFERENCES work.share (run_id),
	CONSTRAINT place_queue_fkey FOREIGN KEY(queue) REFERENCES work.queue (queue)
)
 WITH (fillfactor = 50);

CREATE INDEX place_line_idx ON work.place (queue, priority, vtime);

COMMENT ON TABLE work.place IS 'Each line has a time of its own: what a run gets in one does not delay it in another.';

COMMENT ON COLUMN work.place.run_id IS 'Run.';

COMMENT ON COLUMN work.place.queue IS 'Queue, and';

COMMENT ON COLUMN work.place.priority IS 'priority: a line of its own.';

COMMENT ON COLUMN work.place.vtime IS 'Virtual time of the run''s last unit made ready in that line.';

alter table work.unit
  add column time_limit_s INTEGER DEFAULT 3600 NOT NULL CONSTRAINT unit_time_limit_positive CHECK (time_limit_s > 0);

alter table work.unit add CONSTRAINT unit_queue_fkey FOREIGN KEY(queue) REFERENCES work.queue (queue);

alter table work.unit drop constraint unit_state_known;

alter table work.unit add CONSTRAINT unit_state_known CHECK (state in ('waiting', 'ready', 'leased', 'done', 'reused', 'dead', 'blocked', 'cancelled'));

COMMENT ON COLUMN work.unit.queue IS 'Queue: class of its resources.';

COMMENT ON COLUMN work.unit.vtime IS 'Virtual time tag: its place in line since it became ready.';

COMMENT ON COLUMN work.unit.state IS 'waiting, ready, leased, done, reused, dead, blocked, cancelled.';

COMMENT ON COLUMN work.unit.time_limit_s IS 'How long an attempt may take [s].';

alter table ingest.load_file
  add column statistics JSONB;

COMMENT ON COLUMN ingest.load_file.statistics IS 'What each column holds: least and greatest value, and how many have none.';

alter table registry.origin
  add column correction JSONB;

COMMENT ON COLUMN registry.origin.correction IS 'What a header correction changed: list of {keyword, header_value, value, reason}; NULL: nothing.';

CREATE INDEX execution_ended_idx ON work.execution USING brin (ended_at);

CREATE INDEX execution_failed_idx ON work.execution (ended_at DESC, execution_id DESC) WHERE outcome in ('error', 'lost');

COMMENT ON COLUMN work.execution.traceback IS 'Where it happened, until that is forgotten.';

COMMENT ON COLUMN work.execution.log IS 'What the task logged, until that is forgotten.';

alter table work.ready
  add column since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL;

COMMENT ON COLUMN work.ready.since IS 'When it came into the queue, this time.';

create trigger no_change before update on quality.specification for each row
  when (to_jsonb(new) - 'until' is distinct from to_jsonb(old) - 'until') execute function registry.refuse_change();

create trigger no_delete before delete on quality.specification for each row execute function registry.refuse_change();

create trigger no_truncate before truncate on quality.specification execute function registry.refuse_change();

-- While somebody holds an old snapshot, the entries of claimed units stay in the index that claims walk along: after 100,000
-- of them a claim took 16 times as long. The mark says where to begin: nothing that can be claimed lies before it. Whoever
-- lets units be claimed, or moves the mark, holds the resolver's row, so the mark is never too high; a claim that read it
-- just before it was lowered finds the unit the next time.
create or replace function work.lower_low_water() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
  update work.low_water w set priority = m.priority, vtime = m.vtime
  from (select distinct on (c.queue) c.queue, c.priority, c.vtime from came c
        where not c.solo and c.not_before = '-infinity' order by c.queue, c.priority, c.vtime) m
  where w.queue = m.queue and (m.priority, m.vtime) < (w.priority, w.vtime);
  return null;
end $$;
comment on function work.lower_low_water is 'Trigger: let the mark be no higher than what can be claimed from now on.';
create trigger low_water_came after insert on work.ready referencing new table as came
  for each statement execute function work.lower_low_water();
create trigger low_water_changed after update on work.ready referencing new table as came
  for each statement execute function work.lower_low_water();

-- Rarely: the same snapshot keeps every version of the mark, too. The caller holds the resolver's row.
create or replace function work.raise_low_water(p_step int default 500) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  leases bigint := (select s.last_value from work.fence s);
begin
  if leases < p_step + coalesce((select max(w.fence) from work.low_water w), 0) then
    return;
  end if;
  insert into work.low_water as w (queue, priority, vtime, fence)
  select q.queue, h.priority, h.vtime, leases
  from work.queue q left join work.low_water m using (queue)
  cross join lateral (
    select r.priority, r.vtime from work.ready r
    where r.queue = q.queue and not r.solo and r.not_before = '-infinity'
      and (r.priority, r.vtime) >= (coalesce(m.priority, -32768), coalesce(m.vtime, '-infinity'))
    order by r.priority, r.vtime, r.unit_id limit 1) h
  on conflict (queue) do update set priority = excluded.priority, vtime = excluded.vtime, fence = excluded.fence
  where (excluded.priority, excluded.vtime) > (w.priority, w.vtime);
end $$;
comment on function work.raise_low_water is 'Move the marks to the heads of their queues, once in so many leases.';

-- Where the runs in a line are now. It is asked of the head of that very line; the leases count, because a retry may stand
-- at the head with an old tag.
create or replace function work.line_vtime(p_queue smallint, p_priority smallint) returns float8
language plpgsql stable set search_path = pg_catalog as $$
declare
  mark work.low_water;
begin
  select * into mark from work.low_water w where w.queue = p_queue;
  return coalesce(
    greatest(
      (select r.vtime - u.est_ms / s.weight
       from work.ready r join work.unit u using (unit_id) join work.share s using (run_id)
       where r.queue = p_queue and not r.solo and r.priority = p_priority and r.not_before = '-infinity'
         and (r.priority, r.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
       order by r.vtime limit 1),
      (select max(l.vtime) from work.lease l join work.unit u using (unit_id)
       where u.queue = p_queue and u.priority = p_priority)),
    (select max(p.vtime) from work.place p where p.queue = p_queue and p.priority = p_priority),
    0);
end $$;
comment on function work.line_vtime is 'Virtual time at which the units of a queue and priority are being claimed.';

-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.place.
-- Start-time fair queueing: the tag is computed once, when a unit first becomes ready (Goyal, Vin & Cheng 1996).
-- Two statements with arrays between them: planned without statistics, as within the transaction that inserts the units,
-- one statement joined its own parts row by row and took 34 s for 10,000 units; so would `started`, not materialized.
create or replace function work.make_ready(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  with asked as (
    select u.unit_id, u.run_id, u.queue, u.priority, u.est_ms
    from work.unit u where u.unit_id = any(p_units) and u.state = 'waiting' and u.unmet = 0
  ), started as materialized (
    -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit.
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from asked) c
  ), tagged as (
    select a.unit_id,
           greatest(p.vtime, f.vtime)
             + sum(a.est_ms / s.weight) over (partition by a.run_id, a.queue, a.priority order by a.unit_id) as vtime
    from asked a join work.share s using (run_id) join started f using (queue, priority)
    left join work.place p using (run_id, queue, priority)
  )
  select array_agg(t.unit_id), array_agg(t.vtime) into ids, tags from tagged t;
  with changed as (
    update work.unit u set state = 'ready', vtime = t.vtime
    from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id
    returning u.unit_id, u.run_id, u.queue, u.solo, u.priority, u.vtime
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime, not_before)
    select c.unit_id, c.queue, c.solo, c.priority, c.vtime,
           case when s.paused then timestamptz 'infinity' else '-infinity' end
    from changed c join work.share s using (run_id)
  )
  insert into work.place (run_id, queue, priority, vtime)
  select c.run_id, c.queue, c.priority, max(c.vtime) from changed c group by 1, 2, 3 order by 1, 2, 3
  on conflict (run_id, queue, priority) do update set vtime = excluded.vtime;
  return coalesce(cardinality(ids), 0);
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';

-- What waits in the queue is tagged anew, in its order, as if it became ready now: after a change of weight, or a pause,
-- in which the others came further; what was held by a pause that is over is let go. Rows of the queue are locked before
-- units, as who claims them does.
create or replace function work.retag(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  held boolean;
  ids bigint[];
  tags float8[];
begin
  perform from work.resolver for update;
  select s.paused into held from work.share s where s.run_id = p_run;
  select array_agg(x.unit_id) into ids from (
    select r.unit_id from work.ready r join work.unit u using (unit_id) where u.run_id = p_run for update of r) x;
  if ids is null then
    return 0;
  end if;
  with mine as (
    select r.unit_id, r.queue, r.priority,
           sum(u.est_ms / s.weight) over (partition by r.queue, r.priority order by r.vtime, r.unit_id) as cost
    from work.ready r join work.unit u using (unit_id) join work.share s using (run_id) where r.unit_id = any(ids)
  ), started as materialized (
    select c.queue, c.priority, work.line_vtime(c.queue, c.priority) as vtime
    from (select distinct queue, priority from mine) c
  )
  select array_agg(m.unit_id), array_agg(f.vtime + m.cost) into ids, tags
  from mine m join started f using (queue, priority);
  update work.ready r
  set vtime = t.vtime, not_before = case when r.not_before < 'infinity' or held then r.not_before else '-infinity' end
  from unnest(ids, tags) t (unit_id, vtime) where r.unit_id = t.unit_id;
  update work.unit u set vtime = t.vtime from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id;
  delete from work.place where run_id = p_run;
  insert into work.place (run_id, queue, priority, vtime)
  select p_run, r.queue, r.priority, max(r.vtime) from work.ready r where r.unit_id = any(ids) group by 2, 3;
  return cardinality(ids);
end $$;
comment on function work.retag is 'Put what a run has in the queue in line anew; give how many units that is.';

-- Claim a batch. `= any(array)` keeps every step an index scan; joining a CTE instead was measured 14 times slower.
create or replace function work.claim(p_worker bigint, p_queue smallint, p_n int, p_ttl interval)
returns table (unit_id bigint, token bigint, quantum_id bigint, run_id int, attempt smallint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  ids bigint[];
  tag float8;
  mark work.low_water;
begin
  -- A claim need not survive a power cut, its transaction neither; said here it costs no round trip of its own.
  perform set_config('synchronous_commit', 'off', true);
  -- Units whose batch was lost go first and alone: whoever kills its worker then takes nobody along.
  with taken as (
    delete from work.ready r where r.unit_id = any(array(
      select c.unit_id from work.ready c where c.queue = p_queue and c.solo and c.not_before = '-infinity'
      order by c.priority, c.vtime, c.unit_id limit 1 for update skip locked))
    returning r.unit_id, r.vtime)
  select array_agg(t.unit_id), max(t.vtime) into ids, tag from taken t;
  if ids is null then
    select * into mark from work.low_water w where w.queue = p_queue;
    with taken as (
      delete from work.ready r where r.unit_id = any(array(
        select c.unit_id from work.ready c where c.queue = p_queue and not c.solo and c.not_before = '-infinity'
          and (c.priority, c.vtime) >= (coalesce(mark.priority, -32768), coalesce(mark.vtime, '-infinity'))
        order by c.priority, c.vtime, c.unit_id limit p_n for update skip locked))
      returning r.unit_id, r.priority, r.vtime)
    select array_agg(t.unit_id order by t.priority, t.vtime, t.unit_id), max(t.vtime) into ids, tag from taken t;
  end if;
  if ids is null then
    return;
  end if;
  return query
  with leased as (
    insert into work.lease as l (unit_id, token, worker_id, deadline, batch, vtime)
    -- A claim need not survive a crash of the server, and its step of the sequence dies with it: chance makes the token new.
    select i, (nextval('work.fence') << 24) + floor(random() * 16777216)::bigint, p_worker, clock_timestamp() + p_ttl,
           cardinality(ids), tag from unnest(ids) i
    returning l.unit_id, l.token
  ), changed as (
    update work.unit u set state = 'leased', attempt = u.attempt + 1 where u.unit_id = any(ids)
    returning u.unit_id, u.quantum_id, u.run_id, u.attempt
  )
  select c.unit_id, l.token, c.quantum_id, c.run_id, c.attempt from changed c join leased l on l.unit_id = c.unit_id order by l.token;
end $$;
comment on function work.claim is 'Lease up to n ready units of a queue to a worker; each lease has its fencing token.';

create or replace function work.heartbeat(p_workers bigint[], p_ttl interval) returns void
language sql security definer set search_path = pg_catalog as $$
  update work.worker set last_seen = clock_timestamp() where worker_id = any(p_workers) and stopped_at is null;
  -- A lease that somebody has locked is being settled: it needs no renewal, and waiting for several could end in a circle.
  update work.lease set deadline = clock_timestamp() + p_ttl where unit_id = any(array(
    select l.unit_id from work.lease l where l.worker_id = any(p_workers) for update skip locked));
$$;
comment on function work.heartbeat is 'Say that these workers live, and renew their leases.';

-- The FIRST statement of the transaction that registers outputs: it fences by row lock and token,
-- and hands out the execution ids that the dataset rows need.
create or replace function work.settle_ok(
  p_units bigint[], p_tokens bigint[], p_reused boolean[], p_started timestamptz[], p_ended timestamptz[],
  p_cpu_s float8[], p_max_rss_mb float8[], p_logs text[]
) returns table (unit_id bigint, execution_id bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say. Nested loops would compare each
-- unit of the batch with each other.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off as $$
#variable_conflict use_column
declare
  n int;
begin
  -- Whoever falls silent before the commit must not keep these leases: nobody else could settle, reap or cancel the units.
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  if (cardinality(p_units) = all (array[
        cardinality(p_tokens), cardinality(p_reused), cardinality(p_started), cardinality(p_ended), cardinality(p_cpu_s),
        cardinality(p_max_rss_mb), cardinality(p_logs), (select count(distinct x) from unnest(p_units) x)])) is not true then
    raise exception 'units are settled each once, with as many tokens and measurements' using errcode = 'P0L02';
  end if;
  -- Whoever locks several leases does it by unit, so that nobody waits in a circle.
  perform from work.lease l where l.unit_id = any(p_units) order by l.unit_id for update;
  return query
  with given as (
    select * from unnest(p_units, p_tokens, p_reused, p_started, p_ended, p_cpu_s, p_max_rss_mb, p_logs)
      as g (unit_id, token, reused, started_at, ended_at, cpu_s, max_rss_mb, log)
  ), gone as (
    delete from work.lease l
    where l.unit_id = any(p_units) and (l.unit_id, l.token) in (select g.unit_id, g.token from given g)
    returning l.unit_id, l.worker_id
  ), changed as (
    update work.unit u set state = case when g.reused then 'reused' else 'done' end
    from given g
    where u.unit_id = any(p_units) and g.unit_id = u.unit_id and exists (select from gone where gone.unit_id = u.unit_id)
    returning u.unit_id, u.attempt
  ), told as (
    insert into work.settled (unit_id, ok) select c.unit_id, true from changed c
  )
  insert into work.execution as e (unit_id, attempt, token, worker_id, started_at, ended_at, outcome, cpu_s, max_rss_mb, log)
  select c.unit_id, c.attempt, g.token, gone.worker_id, g.started_at, g.ended_at,
         case when g.reused then 'reused' else 'ok' end, g.cpu_s, g.max_rss_mb, g.log
  from changed c join given g using (unit_id) join gone using (unit_id)
  returning e.unit_id, e.execution_id;
  get diagnostics n = row_count;
  if n <> cardinality(p_units) then
    raise exception 'stale lease: only % of % units are still owned', n, cardinality(p_units) using errcode = 'P0L01';
  end if;
end $$;
comment on function work.settle_ok is 'Complete units inside the transaction that registers their outputs; refuses a lost lease (P0L01).';

create or replace function work.backoff(p_attempt int) returns interval
language sql volatile set search_path = pg_catalog as $$
  -- 4^6 s is more than an hour; higher powers would leave the range of intervals.
  select least(interval '1 hour', interval '1 s' * power(4, least(greatest(p_attempt - 1, 0), 6)) * (0.75 + random() / 2))
$$;
comment on function work.backoff is 'How long an attempt waits after the one before: fourfold each time, with jitter, at most an hour.';

create or replace function work.settle_err(
  p_unit bigint, p_token bigint, p_class text, p_error text, p_traceback text, p_log text,
  p_started timestamptz, p_ended timestamptz, p_cpu_s float8, p_max_rss_mb float8, p_retry boolean
) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l work.lease;
  u work.unit;
  larger work.queue;
begin
  delete from work.lease x where x.unit_id = p_unit and x.token = p_token returning * into l;
  if not found then
    raise exception 'stale lease: unit % is no longer owned', p_unit using errcode = 'P0L01';
  end if;
  if p_class = 'OutOfMemory' then
    select q.* into larger from work.unit x join work.queue c using (queue) join work.queue q on q.memory_mb > c.memory_mb
    where x.unit_id = p_unit order by q.memory_mb, q.queue limit 1;
    p_retry := found;
    p_error := p_error || case when found then format('; it goes on in class %s (%s MiB)', larger.name, larger.memory_mb)
      else '; no class is larger: let the task take less, or add a row to work.queue and retry the unit' end;
  end if;
  -- What another class costs is not counted as one of its attempts.
  update work.unit x
  set state = case when p_retry and x.attempt < x.max_attempts + (larger.queue is not null)::int then 'ready' else 'dead' end,
      queue = coalesce(larger.queue, x.queue), max_attempts = x.max_attempts + (larger.queue is not null)::int
  where x.unit_id = p_unit returning * into u;
  insert into work.execution (
    unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, traceback, log, cpu_s, max_rss_mb)
  values (
    p_unit, u.attempt, l.token, l.worker_id, p_started, p_ended, 'error', p_class, p_error, p_traceback, p_log, p_cpu_s, p_max_rss_mb);
  if u.state = 'ready' then
    -- It keeps its first tag: no lock on its share, no second charge, front of its run's line.
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    values (p_unit, u.queue, u.priority, u.vtime, u.solo,
            clock_timestamp() + case when larger.queue is null then work.backoff(u.attempt) else interval '0' end);
  else
    insert into work.settled (unit_id, ok) values (p_unit, false);
  end if;
  return u.state;
end $$;
comment on function work.settle_err is 'End an attempt that failed: back into the queue after a pause, out of memory into the next larger class, or dead.';

create or replace function work.give_back(p_units bigint[], p_tokens bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  n int;
begin
  perform from work.lease l where l.unit_id = any(p_units) order by l.unit_id for update;
  with gone as (
    delete from work.lease l where (l.unit_id, l.token) in (select * from unnest(p_units, p_tokens)) returning l.unit_id
  ), changed as (
    update work.unit u set state = 'ready', attempt = u.attempt - 1 from gone where u.unit_id = gone.unit_id
    returning u.unit_id, u.queue, u.priority, u.vtime, u.solo
  ), queued as (
    -- Through work.wake, which knows whether the run was paused meanwhile.
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    select c.unit_id, c.queue, c.priority, c.vtime, c.solo, clock_timestamp() from changed c returning 1
  )
  select count(*) into n from queued;
  return n;
end $$;
comment on function work.give_back is 'Return units that were claimed but not begun; counts no attempt. A worker that is told to stop does this.';

-- What came back into the queue, or failed a while ago, may be claimed from here on; of a paused run it waits for ever.
-- With make_ready this is the only door to the front of the queue, and the resolver's row is its key: a pause needs no
-- lock of any worker's. The moment is a variable, because an index is not asked for what a volatile function gives.
create or replace function work.wake() returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  moment timestamptz := clock_timestamp();
  due bigint[];
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into due from work.ready where not_before > '-infinity' and not_before <= moment;
  if due is null then
    return 0;
  end if;
  update work.ready r set not_before = (
    select case when s.paused then timestamptz 'infinity' else '-infinity' end
    from work.unit u join work.share s using (run_id) where u.unit_id = r.unit_id)
  where r.unit_id = any(due);
  return cardinality(due);
end $$;
comment on function work.wake is 'Let go what had to wait until now, unless its run is paused; give how many units that were.';

-- The resolver: any worker may call it after a commit, one runs at a time; set-based, so an input of 500 units is one update.
create or replace function work.resolve(p_max int default 20000) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  good bigint[];
  bad bigint[];
  lost bigint[];
  free bigint[];
begin
  perform from work.resolver for update skip locked;
  if not found then
    return -1;
  end if;
  perform work.wake();
  with read as (
    delete from work.settled where settle_id in (select settle_id from work.settled order by settle_id limit p_max) returning unit_id, ok
  )
  select array_agg(unit_id) filter (where ok), array_agg(unit_id) filter (where not ok) into good, bad from read;
  if bad is not null then
    -- What needs a dead unit hard is blocked, and so is what needs that; `union` ends the walk on diamonds.
    with recursive fallen (unit_id) as (
      select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')
      union
      select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where not d.soft
    ), blocked as (
      update work.unit u set state = 'blocked' from fallen f where u.unit_id = f.unit_id and u.state = 'waiting' returning u.unit_id
    )
    select array_agg(x.unit_id) into lost
    from (
      select unit_id from blocked
      union select u.unit_id from work.unit u where u.unit_id = any(bad) and u.state in ('dead', 'blocked')) x;
  end if;
  if good is not null or lost is not null then
    with met as (
      select d.unit_id, count(*)::int as n from work.dependency d
      where d.needs = any(coalesce(good, '{}')) or (d.soft and d.needs = any(coalesce(lost, '{}')))
      group by 1
    ), changed as (
      update work.unit u set unmet = u.unmet - met.n from met where u.unit_id = met.unit_id returning u.unit_id, u.unmet, u.state
    )
    select array_agg(unit_id order by unit_id) into free from changed where unmet = 0 and state = 'waiting';
    if free is not null then
      perform work.make_ready(free);
    end if;
  end if;
  perform work.raise_low_water();
  return coalesce(cardinality(free), 0);
end $$;
comment on function work.resolve is 'Free what waited for settled units, block what needed dead ones; -1 when somebody else is at it.';

-- Leases of workers that are silent, stopped or late come back. A lost lease counts as an attempt only for a unit that was
-- claimed alone; the others come back to be claimed alone, so that one poison unit does not kill its batch.
create or replace function work.reap(p_silence interval default '60 s') returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  select array_agg(x.unit_id) into ids from (
    select l.unit_id from work.lease l join work.worker w using (worker_id)
    where l.deadline < clock_timestamp() or w.last_seen < clock_timestamp() - p_silence or w.stopped_at is not null
    order by l.unit_id limit 1000 for update of l skip locked) x;
  if ids is null then
    return 0;
  end if;
  with gone as (
    delete from work.lease l where l.unit_id = any(ids) returning l.*
  ), changed as (
    update work.unit u
    set solo = true, attempt = u.attempt - (gone.batch > 1)::int,
        state = case when gone.batch = 1 and u.attempt >= u.max_attempts then 'dead' else 'ready' end
    from gone where u.unit_id = gone.unit_id and u.unit_id = any(ids)
    returning u.unit_id, u.queue, u.priority, u.vtime, u.state, u.attempt, gone.batch, gone.token, gone.worker_id, gone.acquired_at
  ), recorded as (
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, attempt + (batch > 1)::int, token, worker_id, acquired_at, 'lost', 'LeaseLost', 'the worker died or fell silent'
    from changed
  ), told as (
    insert into work.settled (unit_id, ok) select unit_id, false from changed where state = 'dead'
  ), queued as (
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    select unit_id, queue, priority, vtime, true,
           clock_timestamp() + case when batch = 1 then work.backoff(attempt) else interval '0' end
    from changed where state = 'ready'
  )
  select count(*) into n from changed;
  return n;
end $$;
comment on function work.reap is 'Take back the leases of workers that died; a unit that was alone with one pays an attempt.';

-- Units leave the queue, whoever may have them; a late answer finds its lease gone. The caller holds the resolver's row,
-- so nothing new is made ready; but a lease may come back into the queue between two looks.
create or replace function work.call_off(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  loop
    delete from work.ready where unit_id = any(p_units);
    perform from work.lease l where l.unit_id = any(p_units) order by l.unit_id for update;
    with gone as (
      delete from work.lease l where l.unit_id = any(p_units) returning l.*
    )
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, u.attempt, g.token, g.worker_id, g.acquired_at, 'lost', 'CalledOff', 'it was taken out of the queue'
    from gone g join work.unit u using (unit_id);
    exit when not exists (select from work.ready where unit_id = any(p_units))
      and not exists (select from work.lease where unit_id = any(p_units));
  end loop;
end $$;
comment on function work.call_off is 'Take units out of the queue and out of the hands of workers.';

-- What took these units in softly is not complete any more: it waits and runs once more, and so does what needed that.
-- Every edge is walked once, from a unit that had ended and was read, so `unmet` grows by what the resolver will take off.
create or replace function work.reopen(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  above bigint[] := p_units;
  hard boolean := false;
  wave bigint[];
  ended bigint[];
  unread bigint[];
begin
  loop
    select array_agg(distinct d.unit_id) into wave from work.dependency d where d.needs = any(above) and (d.soft or hard);
    exit when wave is null;
    perform work.call_off(wave);
    with again as (
      select d.unit_id, count(*)::int as n from work.dependency d where d.needs = any(above) and (d.soft or hard) group by 1
    ), before as (
      select u.unit_id from work.unit u where u.unit_id = any(wave) and u.state in ('done', 'reused')
    ), changed as (
      update work.unit u
      set unmet = u.unmet + a.n,
          state = case when u.state in ('dead', 'blocked', 'cancelled') then u.state else 'waiting' end,
          max_attempts = case when u.state in ('dead', 'blocked', 'cancelled', 'waiting') then u.max_attempts else u.attempt + 3 end
      from again a where u.unit_id = a.unit_id and u.unit_id = any(wave)
    )
    select array_agg(unit_id) into ended from before;
    with gone as (delete from work.settled where unit_id = any(ended) returning unit_id)
    select coalesce(array_agg(unit_id), '{}') into unread from gone;
    select array_agg(x) into above from unnest(ended) x where x <> all(unread);
    hard := true;
  end loop;
end $$;
comment on function work.reopen is 'Let everything that took these units in run once more.';

-- The operator's verb after a fix: dead units get three attempts more, what they blocked waits again,
-- and what took them in softly (a catalog load) runs once more to take in what comes late.
create or replace function work.retry(p_units bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  back bigint[];
  unread bigint[];
begin
  perform from work.resolver for update;
  with revived as (
    update work.unit set max_attempts = attempt + 3, state = 'waiting', solo = false
    where unit_id = any(p_units) and state = 'dead' returning unit_id
  )
  select array_agg(unit_id) into ids from revived;
  if ids is null then
    return 0;
  end if;
  with recursive below (unit_id) as (
    select unnest(ids)
    union
    select d.unit_id from below b join work.dependency d on d.needs = b.unit_id where not d.soft
  ), still (unit_id) as (
    -- Something else keeps these from running: it is dead, or blocked by what is not retried now. A death that the
    -- resolver has not read yet is left to it.
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft
      and (p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id)
           or p.state = 'blocked' and p.unit_id not in (select unit_id from below))
    union
    select d.unit_id from still s join work.dependency d on d.needs = s.unit_id where not d.soft
  ), changed as (
    update work.unit u set state = case when u.unit_id in (select unit_id from still) then 'blocked' else 'waiting' end
    from below b where u.unit_id = b.unit_id and (u.state = 'blocked' or u.unit_id = any(ids))
    returning u.unit_id, u.state
  )
  select coalesce(array_agg(unit_id), '{}') into back from changed where state = 'waiting';
  -- The resolver has not read these yet: nothing was blocked or released because of them.
  with gone as (delete from work.settled where unit_id = any(back) returning unit_id)
  select coalesce(array_agg(unit_id), '{}') into unread from gone;
  perform work.reopen(array(select x from unnest(back) x where x <> all(unread)));
  perform work.make_ready(back);
  return cardinality(ids);
end $$;
comment on function work.retry is 'Give dead units three attempts more and free what they blocked.';

-- The operator stops a run: what has not ended leaves the queue and the workers' hands; what is done stays done.
-- That ends a pause, too: who takes the run up again wants it to go on.
create or replace function work.cancel(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  n int;
begin
  perform from work.resolver for update;
  update work.share set paused = false where run_id = p_run and paused;
  -- What it was charged for will not run: when it is taken up again it has neither debt nor credit.
  delete from work.place where run_id = p_run;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state in ('waiting', 'ready', 'leased');
  if ids is null then
    return 0;
  end if;
  perform work.call_off(ids);
  -- What a worker settled while we waited for its lease is done.
  update work.unit set state = 'cancelled'
  where unit_id = any(ids) and state in ('waiting', 'ready', 'leased');
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.cancel is 'Take what is left of a run out of the queue; give how many units that were.';

-- Back into the queue. While units are cancelled the resolver counts down what they wait for, as for all others; it does
-- not block them, so what needs a dead unit is blocked now, and what took that in softly waits no more for it.
create or replace function work.resume(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  ids bigint[];
  lost bigint[];
begin
  perform from work.resolver for update;
  select array_agg(unit_id) into ids from work.unit where run_id = p_run and state = 'cancelled';
  if ids is null then
    return 0;
  end if;
  -- A death that the resolver has not read yet is left to it.
  with recursive fallen (unit_id) as (
    select d.unit_id from work.dependency d join work.unit p on p.unit_id = d.needs
    where d.unit_id = any(ids) and not d.soft
      and (p.state = 'blocked' or p.state = 'dead' and not exists (select from work.settled s where s.unit_id = p.unit_id))
    union
    select d.unit_id from fallen f join work.dependency d on d.needs = f.unit_id where d.unit_id = any(ids) and not d.soft
  )
  select coalesce(array_agg(unit_id), '{}') into lost from fallen;
  update work.unit u
  set state = case when u.unit_id = any(lost) then 'blocked' else 'waiting' end,
      max_attempts = greatest(u.max_attempts, u.attempt + 1)
  where u.unit_id = any(ids);
  update work.unit u set unmet = u.unmet - m.n
  from (select d.unit_id, count(*)::int as n from work.dependency d where d.soft and d.needs = any(lost) group by 1) m
  where u.unit_id = m.unit_id;
  perform work.make_ready(array(
    select unnest(ids) union select d.unit_id from work.dependency d where d.soft and d.needs = any(lost)));
  return cardinality(ids);
end $$;
comment on function work.resume is 'Put the cancelled units of a run back into the queue; give how many they are.';

-- The operator holds a run: nothing of it is claimed until he lets it go on. What workers have is finished and committed.
-- Its units stay in the queue, at a time that never comes. Claims in flight are waited for; what comes back into the
-- queue later goes through work.wake, which needs the resolver's row that is held here.
create or replace function work.pause(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
declare
  n int;
begin
  perform from work.resolver for update;
  update work.share set paused = true where run_id = p_run;
  update work.ready r set not_before = 'infinity' from work.unit u
  where u.unit_id = r.unit_id and u.run_id = p_run and r.not_before = '-infinity';
  get diagnostics n = row_count;
  return n;
end $$;
comment on function work.pause is 'Let no unit of a run be claimed; give how many were ready.';

-- The others went on meanwhile: with its old tags it would have all workers until it came as far.
create or replace function work.unpause(p_run int) returns int
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from work.resolver for update;
  update work.share set paused = false where run_id = p_run and paused;
  if not found then
    return 0;
  end if;
  return work.retag(p_run);
end $$;
comment on function work.unpause is 'Let a paused run go on; give how many of its units are in the queue.';

create or replace function work.weigh(p_run int, p_weight float8) returns int
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from work.resolver for update;
  update work.share set weight = p_weight where run_id = p_run and weight <> p_weight;
  if not found then
    return 0;
  end if;
  return work.retag(p_run);
end $$;
comment on function work.weigh is 'Give a run another weight; give how many units that wait in the queue are in line anew.';

-- Every attempt is kept, but its long texts need not be kept for ever: both may be set to NULL, and nothing else changes.
-- This replaces the trigger that work.execution has as an append-only table.
create or replace trigger no_change before update on work.execution for each row
  when (to_jsonb(new) - '{log,traceback}'::text[] is distinct from to_jsonb(old) - '{log,traceback}'::text[]
        or num_nonnulls(new.log, new.traceback) > 0 or num_nonnulls(old.log, old.traceback) = 0)
  execute function registry.refuse_change();
create or replace trigger no_delete before delete on work.execution for each row execute function registry.refuse_change();

create or replace function work.refuse_forgetting() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if exists (select from work.unit u where u.unit_id = old.unit_id and u.state = 'dead') then
    raise exception 'unit % is dead: what its attempts wrote is kept', old.unit_id
      using errcode = 'P0A01', hint = 'Retry it first.';
  end if;
  return new;
end $$;
comment on function work.refuse_forgetting is 'Trigger: keep what the attempts at a dead unit wrote.';
create trigger still_dead before update on work.execution for each row execute function work.refuse_forgetting();

-- Integer edges, indexed both ways: a recursive walk is enough, no closure table is kept.
create or replace function registry.upstream(p_datasets bigint[]) returns table (dataset_id bigint, depth int)
language sql stable set search_path = pg_catalog as $$
  with recursive back (dataset_id, depth) as (
    select d, 0 from unnest(p_datasets) d
    union
    select i.dataset_id, b.depth + 1
    from back b join registry.dataset d on d.dataset_id = b.dataset_id join registry.quantum_input i on i.quantum_id = d.quantum_id
  )
  select b.dataset_id, min(b.depth) from back b group by 1
$$;
comment on function registry.upstream is 'Every dataset that these were made from, themselves included, with the shortest distance.';

-- Bad is what somebody marked, or what marked code or a marked configuration made. Descendants are not looked at here:
-- a replaced input gives them another hash.
create or replace function registry.is_bad(p_dataset bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  -- Two questions, each by a key: asked of every mark in turn, a thousand marks took four milliseconds a dataset.
  select exists (
    select from registry.mark m where m.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null
  ) or exists (
    select from registry.dataset d join registry.quantum q using (quantum_id)
    join registry.mark m on m.task_version_id = q.task_version_id or m.config_id = q.config_id
    where d.dataset_id = p_dataset and m.verdict = 'bad' and m.revoked_at is null)
$$;
comment on function registry.is_bad is 'Whether a dataset, its code or its configuration carries a bad mark.';

-- Parquet files become a partition in four steps: open, stage (COPY), verify, publish. Killed anywhere, a replay ends the same.
create or replace function ingest.staged_name(p_target text, p_load bigint, p_token bigint) returns text
language sql immutable set search_path = pg_catalog as $$
  select format('%s_l%s_t%s', p_target, p_load, p_token)
$$;
comment on function ingest.staged_name is 'Name of the table that the holder of a token stages a load in: a late stager can never touch another one''s.';

create or replace function ingest.caller() returns text
language sql stable set search_path = pg_catalog as $$
  select case when current_setting('role') = 'none' then session_user::text else current_setting('role') end
$$;
comment on function ingest.caller is 'Role that called, also within a function that runs as its owner.';

-- A load that was opened and left holds its datasets until somebody else opens them; from then on it is refused.
create or replace function ingest.take_over(p_load bigint, p_target text, p_datasets bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  perform from ingest.load l
  where l.target = p_target and l.state = 'open'
    and exists (select from ingest.load_file f where f.load_id = l.load_id and f.dataset_id = any(p_datasets))
  order by l.load_id for update;
  update ingest.load_file f set live = false from ingest.load l
  where l.load_id = f.load_id and l.load_id <> p_load and l.state = 'open'
    and f.target = p_target and f.dataset_id = any(p_datasets) and f.live
    and not exists (select from work.lease x where l.staged = ingest.staged_name(l.target, l.load_id, x.token));
  update ingest.load_file f set live = true from ingest.load l
  where l.load_id = f.load_id and l.load_id = p_load and l.state = 'open' and not f.live;
end $$;
comment on function ingest.take_over is 'Take datasets from loads that were opened and that no lease works on.';

-- The files of a load that merges others stay theirs until it is published: see merge.sql.
create or replace function ingest.holds_its_files(p_load bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  select not exists (
    select from ingest.load_file f
    where f.load_id = p_load and not f.live and not exists (
      select from ingest.load_file o join ingest.load l using (load_id)
      where o.target = f.target and o.dataset_id = f.dataset_id and o.live and l.state = 'published' and l.merged_into = p_load))
$$;
comment on function ingest.holds_its_files is 'Whether no other load took datasets of this one.';

create or replace function ingest.open_load(p_target text, p_run int, p_datasets bigint[], p_definition bytea)
returns table (load_id bigint, state text)
language plpgsql security definer set search_path = pg_catalog as $$
declare
  manifest bytea;
  known int;
begin
  if not exists (select from pg_class c where c.relnamespace = 'catalog'::regnamespace and c.relname = p_target and c.relkind = 'p') then
    raise exception 'no partitioned catalog table is called %', p_target using errcode = 'P0I01';
  end if;
  -- The manifest is made of dataset uids, not of content: equal content under another dataset is another load.
  select sha256(convert_to(p_target || ':' || string_agg(d.uid::text, ',' order by d.uid), 'UTF8')), count(d.n_rows)
  into manifest, known from registry.dataset d where d.dataset_id = any(p_datasets);
  if known is distinct from cardinality(p_datasets) or known = 0 then
    raise exception 'a load of % needs datasets that exist and are tables, each once: % of % are', p_target, known, cardinality(p_datasets)
      using errcode = 'P0I02';
  end if;
  insert into ingest.load as l (target, run_id, manifest_digest, definition_digest) values (p_target, p_run, manifest, p_definition)
  on conflict (target, manifest_digest) where l.state <> 'retired' do nothing returning l.load_id, l.state into load_id, state;
  if load_id is null then
    select l.load_id, l.state into load_id, state from ingest.load l
    where l.target = p_target and l.manifest_digest = manifest and l.state <> 'retired';
    if state is distinct from 'open' and state is distinct from 'published' then
      raise exception 'the load of these datasets into % is being retired', p_target
        using errcode = 'P0I03', hint = 'Finish that with `skyledger retire`, then load them again.';
    end if;
    perform ingest.take_over(load_id, p_target, p_datasets);
    return next;
    return;
  end if;
  perform ingest.take_over(load_id, p_target, p_datasets);
  insert into ingest.load_file (load_id, dataset_id, target, n_rows)
  select open_load.load_id, d.dataset_id, p_target, d.n_rows from registry.dataset d where d.dataset_id = any(p_datasets) order by d.dataset_id;
  return next;
end $$;
comment on function ingest.open_load is 'Open the load of these datasets into a catalog table, or find it again.';

create or replace function ingest.stage(p_load bigint, p_token bigint) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
  fresh text;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is distinct from 'open' then
    raise exception 'load % is %: nothing is staged on it', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I03';
  end if;
  if not ingest.holds_its_files(p_load) then
    raise exception 'load % was given up: another load took datasets of it', p_load using errcode = 'P0I04';
  end if;
  fresh := ingest.staged_name(l.target, p_load, p_token);
  if l.staged is not null then
    execute format('drop table if exists catalog_part.%I', l.staged);
  end if;
  execute format('create table catalog_part.%I (like catalog.%I including defaults including constraints)', fresh, l.target);
  execute format('grant select, insert on catalog_part.%I to %I', fresh, ingest.caller());
  update ingest.load set staged = fresh, n_rows = null where load_id = p_load;
  return fresh;
end $$;
comment on function ingest.stage is 'Make the table that a load is copied into, named with the stager''s token.';

create or replace function ingest.verify(p_load bigint, p_token bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
  part text;
  definition text;
  name text;
  want bigint;
  got bigint;
  differing bigint;
  area int8multirange;
begin
  select * into l from ingest.load where load_id = p_load for update;
  part := ingest.staged_name(l.target, p_load, p_token);
  if l.state is distinct from 'open' or l.staged is distinct from part or not ingest.holds_its_files(p_load) then
    raise exception 'load % was taken over by another stager', p_load using errcode = 'P0I04';
  end if;
  if l.n_rows is not null then
    return l.n_rows;
  end if;
  -- What was counted stays what was counted.
  execute format('revoke insert on catalog_part.%I from %I', part, ingest.caller());
  select sum(n_rows) into want from ingest.load_file where load_id = p_load;
  execute format('select count(*) from catalog_part.%I', part) into got;
  execute format(
    'select count(*) from ingest.load_file f left join (select dataset_id, count(*) as n from catalog_part.%I group by 1) x using (dataset_id)
     where f.load_id = $1 and coalesce(x.n, 0) <> f.n_rows', part) using p_load into differing;
  if got is distinct from want or differing > 0 then
    raise exception 'load %: % rows staged, % expected, % files differ', p_load, got, want, differing using errcode = 'P0I05';
  end if;
  execute format('alter table catalog_part.%I add constraint bound check (load_id = %s)', part, p_load);
  -- An index missing here would be built under the lock of the attach.
  for name, definition in
    select c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = format('catalog.%I', l.target)::regclass order by c.relname
  loop
    execute regexp_replace(definition, 'INDEX \S+ ON ONLY \S+', format('INDEX %I ON catalog_part.%I', part || '_' || right(md5(name), 8), part));
  end loop;
  execute format('analyze catalog_part.%I', part);
  -- Order 8 (0.23 degrees) is fine enough to prune cones and keeps the footprint to some hundred ranges.
  execute format('select range_agg(int8range(c << 42, (c + 1) << 42)) from (select distinct _healpix_29 >> 42 as c from catalog_part.%I) x', part)
  into area;
  update ingest.load set n_rows = got, footprint = area where load_id = p_load;
  return got;
end $$;
comment on function ingest.verify is 'Count a staged load against its manifest, bound it, index it and note its footprint.';

create or replace function ingest.note_files(p_load bigint, p_token bigint, p_datasets bigint[], p_statistics jsonb[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is distinct from 'open' or l.staged is distinct from ingest.staged_name(l.target, p_load, p_token) then
    raise exception 'load % was taken over by another stager', p_load using errcode = 'P0I04';
  end if;
  update ingest.load_file f set statistics = s.statistics from unnest(p_datasets, p_statistics) as s (dataset_id, statistics)
  where f.load_id = p_load and f.dataset_id = s.dataset_id;
end $$;
comment on function ingest.note_files is 'Note what the columns of staged files hold.';

-- Planning and locking grow with the partitions, so their number is bounded. The lock is what the attach takes anyway: who
-- counts under it counts alone.
create or replace function ingest.take_a_place(p_target text) returns void
language plpgsql set search_path = pg_catalog as $$
begin
  execute format('lock table only catalog.%I in share update exclusive mode', p_target);
  if (select count(*) >= 64 from pg_inherits where inhparent = format('catalog.%I', p_target)::regclass) then
    raise exception 'catalog % has 64 partitions, as many as it may have', p_target
      using errcode = 'P0I07', hint = 'Merge small loads with `skyledger compact`.';
  end if;
end $$;
comment on function ingest.take_a_place is 'Refuse one partition too many of a catalog table; holds until the transaction ends.';

create or replace function ingest.publish(p_load bigint, p_token bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state = 'published' then
    return l.n_rows;
  end if;
  perform from ingest.load o where o.merged_into = p_load order by o.load_id for update;
  if l.state is distinct from 'open' or l.staged is distinct from ingest.staged_name(l.target, p_load, p_token) or l.n_rows is null
     or not ingest.holds_its_files(p_load) then
    raise exception 'load % is not verified under this token', p_load using errcode = 'P0I06';
  end if;
  perform ingest.replace_merged(p_load, l.target);
  perform ingest.take_a_place(l.target);
  execute format('alter table catalog.%I attach partition catalog_part.%I for values in (%s)', l.target, l.staged, p_load);
  update ingest.load set state = 'published', published_at = clock_timestamp() where load_id = p_load;
  return l.n_rows;
end $$;
comment on function ingest.publish is 'Attach a verified load: its rows become visible, all at once.';

-- Small loads become one: a load of all their datasets is staged from Parquet, and takes their place in one transaction.
create or replace function ingest.open_merge(p_loads bigint[], p_definition bytea) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  mergeable int;
  targets text[];
  manifest bytea;
  merged bigint;
begin
  perform from ingest.load l where l.load_id = any(p_loads) order by l.load_id for update;
  select count(*), array_agg(distinct l.target) into mergeable, targets
  from ingest.load l where l.load_id = any(p_loads) and l.state = 'published';
  if mergeable < 2 or mergeable is distinct from cardinality(p_loads) or cardinality(targets) <> 1 then
    raise exception 'loads % cannot be merged: it takes two or more published ones of one table', p_loads using errcode = 'P0I09';
  end if;
  select sha256(convert_to(targets[1] || ':' || string_agg(d.uid::text, ',' order by d.uid), 'UTF8')) into manifest
  from ingest.load_file f join registry.dataset d using (dataset_id) where f.load_id = any(p_loads);
  -- Who opens the same merge again finds it; whoever stages last has it.
  insert into ingest.load as l (target, run_id, manifest_digest, definition_digest)
  select o.target, o.run_id, manifest, p_definition from ingest.load o where o.load_id = any(p_loads) order by o.load_id desc limit 1
  on conflict (target, manifest_digest) where l.state <> 'retired'
  do update set definition_digest = excluded.definition_digest where l.state = 'open' returning l.load_id into merged;
  update ingest.load set merged_into = merged where load_id = any(p_loads);
  -- A dataset is live in one load of a table: until the merged one is published, in those that it replaces.
  insert into ingest.load_file (load_id, dataset_id, target, n_rows, live)
  select merged, f.dataset_id, f.target, f.n_rows, false from ingest.load_file f where f.load_id = any(p_loads) order by f.dataset_id
  on conflict (load_id, dataset_id) do nothing;
  return merged;
end $$;
comment on function ingest.open_merge is 'Open the load that is to take the place of others.';

-- Called by publish, which attaches the merged load in the same transaction. A reader who looks meanwhile waits for its commit
-- and finds each row once. DETACH CONCURRENTLY would not make readers wait, but it commits by itself: for a while every row
-- would be in both loads, or in none. So the partitions go under the one lock that keeps readers out, for about a millisecond
-- each. What needs no such lock is done before (the notes) or in transactions after it (the DROP, which takes four times as
-- long). The lock is waited for briefly, because readers queue behind whoever waits for it.
create or replace function ingest.replace_merged(p_load bigint, p_target text) returns void
language plpgsql set search_path = pg_catalog as $$
declare
  part text;
  parts text[];
begin
  if not exists (select from ingest.load l where l.merged_into = p_load and l.state = 'published') then
    return;
  end if;
  select array_agg(format('catalog_part.%I', l.staged) order by l.load_id) into parts
  from ingest.load l join pg_class c on c.relname = l.staged and c.relnamespace = 'catalog_part'::regnamespace
  join pg_inherits i on i.inhrelid = c.oid
  where l.merged_into = p_load and l.state = 'published';
  update ingest.load_file f set live = false from ingest.load l
  where l.load_id = f.load_id and l.merged_into = p_load and l.state = 'published' and f.live;
  update ingest.load_file set live = true where load_id = p_load;
  update ingest.load set state = 'retiring' where merged_into = p_load and state = 'published';
  -- Autovacuum is waited for, or sent away, while readers still read.
  foreach part in array coalesce(parts, '{}') loop
    execute format('lock table %s in share update exclusive mode', part);
  end loop;
  perform set_config('lock_timeout', '300ms', true);
  execute format('lock table only catalog.%I in access exclusive mode', p_target);
  foreach part in array coalesce(parts, '{}') loop
    execute format('alter table catalog.%I detach partition %s', p_target, part);
  end loop;
end $$;
comment on function ingest.replace_merged is 'Take the loads that a load merges out of their table.';

create or replace function ingest.drop_leftovers() returns int
language plpgsql set search_path = pg_catalog as $$
declare
  l record;
  n int := 0;
begin
  for l in select o.load_id, o.staged from ingest.load o
           join pg_class c on c.relname = o.staged and c.relnamespace = 'catalog_part'::regnamespace
           where o.state = 'open' order by o.load_id for update of o skip locked
  loop
    if not ingest.holds_its_files(l.load_id) then
      execute format('drop table catalog_part.%I', l.staged);
      n := n + 1;
    end if;
  end loop;
  return n;
end $$;
comment on function ingest.drop_leftovers is 'Drop what was staged for loads that were given up.';

-- A load leaves its table in three steps: begin, detach (by the client: it cannot be in a transaction), end. Killed anywhere, a
-- repeat ends the same. Its files stay, and may be loaded again. What a merge replaced was detached by it, and ends here, too.
create or replace function ingest.begin_retire(p_load bigint) returns table (target text, staged text, state text)
language plpgsql set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is null or l.state = 'open' then
    raise exception 'load % is %: only what is published can be retired', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I08';
  end if;
  if l.state = 'published' then
    -- A merge of it that was opened is given up with this.
    update ingest.load set state = 'retiring', merged_into = null where load_id = p_load returning * into l;
  end if;
  return query select l.target, l.staged, l.state;
end $$;
comment on function ingest.begin_retire is 'Say that a published load is to leave its table; queries no longer look for it.';

create or replace function ingest.end_retire(p_load bigint) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state = 'retired' then
    return;
  end if;
  if l.state is distinct from 'retiring' or exists (
    select from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relnamespace = 'catalog_part'::regnamespace and c.relname = l.staged) then
    raise exception 'load % is % and in its table: begin and detach come first', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I08';
  end if;
  execute format('drop table if exists catalog_part.%I', l.staged);
  update ingest.load_file set live = false where load_id = p_load;
  update ingest.load set state = 'retired', retired_at = clock_timestamp() where load_id = p_load;
end $$;
comment on function ingest.end_retire is 'Drop the partition of a load that was detached; its datasets may be loaded again.';

-- A role without rights sees of other sessions only that they are there: this tells everybody how old they are, and nothing else.
create or replace function work.snapshots()
returns table (pid int, role text, application text, state text, since timestamptz, age_s float8, held_xids bigint)
language sql stable security definer set search_path = pg_catalog as $$
  select a.pid, a.usename::text, a.application_name, a.state, a.xact_start, extract(epoch from clock_timestamp() - a.xact_start)::float8,
         age(a.backend_xmin)::bigint
  from pg_stat_activity a
  where a.datname = current_database() and a.backend_xmin is not null and a.pid <> pg_backend_pid()
  order by age(a.backend_xmin) desc, a.pid
$$;
comment on function work.snapshots is 'Sessions with a snapshot, the oldest first.';

create view public.instrument as
select i.instrument, i.description,
       (select count(*) from registry.detector d where d.instrument = i.instrument) as n_detectors,
       (select count(*) from registry.exposure e where e.instrument = i.instrument) as n_exposures,
       i.created_at
from registry.instrument i;
comment on view public.instrument is 'Instruments that have sent files.';
comment on column public.instrument.instrument is 'Name of the instrument.';
comment on column public.instrument.description is 'Camera, telescope and site.';
comment on column public.instrument.n_detectors is 'Number of its detectors.';
comment on column public.instrument.n_exposures is 'Number of its registered exposures.';
comment on column public.instrument.created_at is 'When it was registered.';

create view public.exposure as
select e.instrument, e.exposure, e.visit, e.physical_filter, f.band, e.day_obs, e.obs_start_mjd_tai, e.exp_time
from registry.exposure e left join registry.physical_filter f using (instrument, physical_filter);
comment on view public.exposure is 'Exposures.';
comment on column public.exposure.instrument is 'Instrument.';
comment on column public.exposure.exposure is 'Exposure id, unique per instrument.';
comment on column public.exposure.visit is 'Visit that it belongs to.';
comment on column public.exposure.physical_filter is 'Filter in the camera''s own words; NULL where nobody knows.';
comment on column public.exposure.band is 'Abstract band; NULL where nobody knows.';
comment on column public.exposure.day_obs is 'Observing night, YYYYMMDD; NULL where nobody knows.';
comment on column public.exposure.obs_start_mjd_tai is 'Opening of the shutter, MJD (TAI) [d]; NULL where nobody knows.';
comment on column public.exposure.exp_time is 'Exposure time [s]; NULL where nobody knows.';

create view public.dataset as
select d.dataset_id, d.uid, y.name as dataset_type, c.instrument, c.detector, c.exposure, coalesce(c.visit, e.visit) as visit,
       coalesce(c.band, f.band) as band, c.healpix, t.name as task, d.output_name, d.quantum_id, d.execution_id,
       encode(d.content_digest, 'hex') as content_digest, d.n_rows, o.file_name, o.part, d.created_at,
       encode(v.code_digest, 'hex') as code_digest, v.git_commit, v.git_dirty, g.body as config,
       -- Not a join: a query that does not ask for the path does not pay for it.
       (select a.path from registry.artifact a
        where a.content_digest = d.content_digest and a.part = coalesce(o.part, '') and a.state = 'present'
        order by a.artifact_id limit 1) as path
from registry.dataset d
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
left join registry.exposure e on e.instrument = c.instrument and e.exposure = c.exposure
left join registry.physical_filter f on f.instrument = e.instrument and f.physical_filter = e.physical_filter
left join registry.quantum q on q.quantum_id = d.quantum_id
left join registry.task_version v on v.task_version_id = q.task_version_id
left join registry.task t on t.task_id = v.task_id
left join registry.config g on g.config_id = q.config_id
left join registry.origin o on o.dataset_id = d.dataset_id;
comment on view public.dataset is 'Datasets with their data IDs and makers.';
comment on column public.dataset.dataset_id is 'Key of the dataset in this ledger.';
comment on column public.dataset.uid is 'Identity of the dataset at every site.';
comment on column public.dataset.dataset_type is 'Dataset type, e.g. visit_image.';
comment on column public.dataset.instrument is 'Instrument, where the data ID has one.';
comment on column public.dataset.detector is 'Detector, where the data ID has one.';
comment on column public.dataset.exposure is 'Exposure, where the data ID has one.';
comment on column public.dataset.visit is 'Visit, where the data ID has one.';
comment on column public.dataset.band is 'Band of the exposure, where the data ID has one.';
comment on column public.dataset.healpix is 'HEALPix cell (4 * 4^order + pixel), where the data ID has one.';
comment on column public.dataset.task is 'Task that made it; NULL for files from outside.';
comment on column public.dataset.output_name is 'Name of the output in the task.';
comment on column public.dataset.quantum_id is 'Quantum that made it; NULL for files from outside.';
comment on column public.dataset.execution_id is 'Execution that made it; NULL for files from outside.';
comment on column public.dataset.content_digest is 'SHA-256 of the logical content, hexadecimal.';
comment on column public.dataset.n_rows is 'Rows, where the dataset is a table.';
comment on column public.dataset.file_name is 'Name of the file that came from outside; NULL for what was made here.';
comment on column public.dataset.part is 'HDU within that file.';
comment on column public.dataset.created_at is 'When it was registered.';
comment on column public.dataset.code_digest is 'SHA-256 of the code of the task, hexadecimal; NULL for files from outside.';
comment on column public.dataset.git_commit is 'Commit at which that code was first seen; empty outside a checkout.';
comment on column public.dataset.git_dirty is 'Whether the checkout had uncommitted changes then.';
comment on column public.dataset.config is 'Every parameter that changes the result, with its value; NULL for files from outside.';
comment on column public.dataset.path is 'File that holds it, below the root of the store; NULL when none is left.';

create view public.header_correction as
select d.dataset_id, y.name as dataset_type, c.instrument, c.exposure, c.detector, o.file_name, x.keyword,
       x.header_value #>> '{}' as header_value, x.value #>> '{}' as value, x.reason
from registry.origin o
join registry.dataset d using (dataset_id)
join registry.dataset_type y using (dataset_type_id)
join registry.coordinate c using (coordinate_id)
cross join lateral jsonb_to_recordset(o.correction) as x (keyword text, header_value jsonb, value jsonb, reason text);
comment on view public.header_correction is 'What header corrections changed of what raw files say about themselves: one row per file and keyword.';
comment on column public.header_correction.dataset_id is 'Dataset that the file became.';
comment on column public.header_correction.dataset_type is 'Dataset type, e.g. raw_image.';
comment on column public.header_correction.instrument is 'Instrument.';
comment on column public.header_correction.exposure is 'Exposure.';
comment on column public.header_correction.detector is 'Detector.';
comment on column public.header_correction.file_name is 'Name of the file as it came.';
comment on column public.header_correction.keyword is 'Keyword.';
comment on column public.header_correction.header_value is 'What the file says; NULL where it says nothing.';
comment on column public.header_correction.value is 'What was taken instead; NULL where nobody knows.';
comment on column public.header_correction.reason is 'Why, and who says so.';

create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting, coalesce(u.n_ready, 0) as n_ready,
       coalesce(u.n_leased, 0) as n_leased, coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked, coalesce(u.n_cancelled, 0) as n_cancelled,
       coalesce(u.n_waiting + u.n_ready + u.n_leased, 0) = 0 as ended,
       coalesce(s.paused, false) as paused, s.weight, coalesce(u.left_ms, 0) / 1000.0::float8 as left_s
from registry.run r
join registry.collection c on c.collection_id = r.run_id
left join work.share s using (run_id)
left join lateral (
  select count(*) as n_units,
         count(*) filter (where state = 'waiting') as n_waiting, count(*) filter (where state = 'ready') as n_ready,
         count(*) filter (where state = 'leased') as n_leased, count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused, count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked,
         count(*) filter (where state = 'cancelled') as n_cancelled,
         sum(est_ms) filter (where state in ('waiting', 'ready', 'leased')) as left_ms
  from work.unit where run_id = r.run_id
) u on true;
comment on view public.run is 'Runs and how far they are.';
comment on column public.run.run_id is 'Key of the run in this ledger.';
comment on column public.run.run is 'Name of the run; also the name of the collection that it fills.';
comment on column public.run.pipeline is 'Pipeline; `ingest` for what comes from outside.';
comment on column public.run.created_at is 'When it was planned.';
comment on column public.run.n_units is 'Work units.';
comment on column public.run.n_waiting is 'Units that wait for others.';
comment on column public.run.n_ready is 'Units that a worker may claim.';
comment on column public.run.n_leased is 'Units that a worker has.';
comment on column public.run.n_done is 'Units computed.';
comment on column public.run.n_reused is 'Units whose result was found when they ran.';
comment on column public.run.n_dead is 'Units that failed for good.';
comment on column public.run.n_blocked is 'Units that need a dead one.';
comment on column public.run.n_cancelled is 'Units that were taken out of the queue by hand.';
comment on column public.run.ended is 'Whether nothing waits, is ready or is leased.';
comment on column public.run.paused is 'Whether an operator paused it: nothing of it is claimed until it is resumed.';
comment on column public.run.weight is 'Share of the workers against other runs; NULL where there are no units.';
comment on column public.run.left_s is 'Expected duration of what has not ended, one unit after the other [s].';

create view public.run_pace as
select x.run_id, c.name as run, x.n_ended, 60 * x.n_ended / x.s as units_per_minute, x.est_s / x.s as left_s_per_s
from (
  select u.run_id, count(*) as n_ended, sum(u.est_ms) / 1000.0::float8 as est_s,
         greatest(extract(epoch from now() - greatest(min(e.started_at), now() - interval '10 minutes')), 1)::float8 as s
  from (select unit_id, started_at, ended_at, outcome from work.execution order by execution_id desc limit 5000) e
  join work.unit u using (unit_id)
  where e.outcome in ('ok', 'reused') and e.ended_at > now() - interval '10 minutes'
  group by u.run_id
) x
join registry.collection c on c.collection_id = x.run_id;
comment on view public.run_pace is 'How fast runs go: the last 10 minutes, or the last 5000 attempts if those are fewer.';
comment on column public.run_pace.run_id is 'Key of the run in this ledger.';
comment on column public.run_pace.run is 'Run.';
comment on column public.run_pace.n_ended is 'Units that were computed or reused in that time.';
comment on column public.run_pace.units_per_minute is 'The same per minute.';
comment on column public.run_pace.left_s_per_s is 'By how much run.left_s decreases per second: run.left_s divided by this is the time left [s].';

create view public.work_unit as
select u.unit_id, c.name as run, t.name as task, o.instrument, o.exposure, o.detector, u.state, u.attempt, u.max_attempts, u.unmet,
       u.quantum_id, u.run_id
from work.unit u
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.coordinate o using (coordinate_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.work_unit is 'Work units: quanta scheduled in a run.';
comment on column public.work_unit.unit_id is 'Key of the unit.';
comment on column public.work_unit.run is 'Run.';
comment on column public.work_unit.task is 'Task.';
comment on column public.work_unit.instrument is 'Instrument, where the data ID has one.';
comment on column public.work_unit.exposure is 'Exposure, where the data ID has one.';
comment on column public.work_unit.detector is 'Detector, where the data ID has one.';
comment on column public.work_unit.state is 'waiting, ready, leased, done, reused, dead, blocked or cancelled.';
comment on column public.work_unit.attempt is 'Attempts so far.';
comment on column public.work_unit.max_attempts is 'Attempts after which it is dead.';
comment on column public.work_unit.unmet is 'Dependencies that have not settled.';
comment on column public.work_unit.quantum_id is 'Quantum.';
comment on column public.work_unit.run_id is 'Key of the run.';

create view public.execution as
select e.execution_id, e.unit_id, c.name as run, t.name as task, e.attempt, w.host, w.pid, e.outcome, e.error_class, e.error,
       e.started_at, e.ended_at, extract(epoch from e.ended_at - e.started_at)::float8 as wall_s, e.cpu_s, e.max_rss_mb, w.software_id
from work.execution e
join work.unit u using (unit_id)
join work.worker w using (worker_id)
join registry.collection c on c.collection_id = u.run_id
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id);
comment on view public.execution is 'Every attempt at a unit.';
comment on column public.execution.execution_id is 'Key of the execution.';
comment on column public.execution.unit_id is 'Unit.';
comment on column public.execution.run is 'Run.';
comment on column public.execution.task is 'Task.';
comment on column public.execution.attempt is 'Number of the attempt, from 1.';
comment on column public.execution.host is 'Host that ran it.';
comment on column public.execution.pid is 'Process on that host.';
comment on column public.execution.outcome is 'ok, reused, error or lost.';
comment on column public.execution.error_class is 'Class of the error, if any.';
comment on column public.execution.error is 'The error in one sentence.';
comment on column public.execution.started_at is 'When it began (UTC).';
comment on column public.execution.ended_at is 'When it ended (UTC).';
comment on column public.execution.wall_s is 'Duration [s].';
comment on column public.execution.cpu_s is 'CPU time [s].';
comment on column public.execution.max_rss_mb is 'Peak resident memory during the attempt [MiB].';
comment on column public.execution.software_id is 'Environment it ran in.';

create view public.execution_log as
select e.execution_id, e.unit_id, e.attempt, e.traceback, e.log from work.execution e;
comment on view public.execution_log is 'What attempts wrote: long texts, apart from the view execution.';
comment on column public.execution_log.execution_id is 'Key of the execution.';
comment on column public.execution_log.unit_id is 'Unit.';
comment on column public.execution_log.attempt is 'Number of the attempt, from 1.';
comment on column public.execution_log.traceback is 'Where the error happened; NULL when there was none, or it was forgotten.';
comment on column public.execution_log.log is 'What the task logged; NULL when it said nothing, or it was forgotten.';

create view public.unit_input as
select i.unit_id, r.name as role, i.ordinal, i.dataset_uid as uid
from work.unit_input i join registry.role r using (role_id);
comment on view public.unit_input is 'What each unit reads, as it was planned; the dataset may not exist yet.';
comment on column public.unit_input.unit_id is 'Unit.';
comment on column public.unit_input.role is 'Name of the input in the task.';
comment on column public.unit_input.ordinal is 'Place among inputs of that name, from 0.';
comment on column public.unit_input.uid is 'Identity of the dataset, as in the view dataset.';

create view public.measurement as
select m.name as metric, x.value, m.unit, d.instrument, d.exposure, d.visit, d.detector, d.band, e.day_obs,
       d.dataset_type, x.dataset_id, m.description
from quality.measurement x
join quality.metric m using (metric_id)
join public.dataset d using (dataset_id)
left join registry.exposure e on e.instrument = d.instrument and e.exposure = d.exposure;
comment on view public.measurement is 'Values of metrics on datasets.';
comment on column public.measurement.metric is 'Name of the metric.';
comment on column public.measurement.value is 'Value; NaN when it could not be measured.';
comment on column public.measurement.unit is 'Unit of the value.';
comment on column public.measurement.instrument is 'Instrument of the dataset.';
comment on column public.measurement.exposure is 'Exposure of the dataset.';
comment on column public.measurement.visit is 'Visit of the dataset.';
comment on column public.measurement.detector is 'Detector of the dataset.';
comment on column public.measurement.band is 'Band of the dataset.';
comment on column public.measurement.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.measurement.dataset_type is 'Type of the dataset that is described.';
comment on column public.measurement.dataset_id is 'Dataset that is described.';
comment on column public.measurement.description is 'What the metric says.';

create view public.specification as
select m.name as metric, s.name as specification, nullif(s.instrument, '') as instrument, nullif(s.band, '') as band,
       s.operator, s.threshold, m.unit, s.description, s.since
from quality.specification s join quality.metric m using (metric_id)
where s.until = 'infinity';
comment on view public.specification is 'What the values of metrics must be; what is in force now.';
comment on column public.specification.metric is 'Name of the metric.';
comment on column public.specification.specification is 'Name of the specification among those of the metric.';
comment on column public.specification.instrument is 'Instrument that it is for; NULL for all.';
comment on column public.specification.band is 'Band that it is for; NULL for all.';
comment on column public.specification.operator is 'How the value must stand to the threshold: <=, <, >= or >.';
comment on column public.specification.threshold is 'Threshold in the unit.';
comment on column public.specification.unit is 'Unit of metric and threshold.';
comment on column public.specification.description is 'Why it must be so.';
comment on column public.specification.since is 'When it came into force (UTC).';

create view public.verdict as
select x.metric, s.specification, x.value, s.operator, s.threshold, x.unit,
       case
         when x.value = 'NaN' then null
         when s.operator = '<=' then x.value <= s.threshold
         when s.operator = '<' then x.value < s.threshold
         when s.operator = '>=' then x.value >= s.threshold
         when s.operator = '>' then x.value > s.threshold
       end as ok,
       x.instrument, x.exposure, x.visit, x.detector, x.band, x.day_obs, x.dataset_type, x.dataset_id, s.description
from public.measurement x
join public.specification s
  on s.metric = x.metric and (s.instrument is null or s.instrument = x.instrument) and (s.band is null or s.band = x.band);
comment on view public.verdict is 'Measurements against the specifications in force.';
comment on column public.verdict.metric is 'Name of the metric.';
comment on column public.verdict.specification is 'Name of the specification.';
comment on column public.verdict.value is 'Value; NaN when it could not be measured.';
comment on column public.verdict.operator is 'How the value must stand to the threshold.';
comment on column public.verdict.threshold is 'Threshold in the unit.';
comment on column public.verdict.unit is 'Unit of value and threshold.';
comment on column public.verdict.ok is 'Whether the value keeps the specification; NULL when it could not be measured.';
comment on column public.verdict.instrument is 'Instrument of the dataset.';
comment on column public.verdict.exposure is 'Exposure of the dataset.';
comment on column public.verdict.visit is 'Visit of the dataset.';
comment on column public.verdict.detector is 'Detector of the dataset.';
comment on column public.verdict.band is 'Band of the dataset.';
comment on column public.verdict.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.verdict.dataset_type is 'Type of the dataset that is described.';
comment on column public.verdict.dataset_id is 'Dataset that is described.';
comment on column public.verdict.description is 'Why the specification is what it is.';

create view public.lineage as
select d.dataset_id, i.dataset_id as input_dataset_id, r.name as role, i.ordinal
from registry.dataset d
join registry.quantum_input i on i.quantum_id = d.quantum_id
join registry.role r on r.role_id = i.role_id;
comment on view public.lineage is 'What each dataset was made from; one step, walk it recursively.';
comment on column public.lineage.dataset_id is 'Dataset that was made.';
comment on column public.lineage.input_dataset_id is 'Dataset that was read for it.';
comment on column public.lineage.role is 'Name of the input in the task.';
comment on column public.lineage.ordinal is 'Place among inputs of that name, from 0.';

create view public.mark as
select m.mark_id, m.verdict, m.reason, m.author, m.created_at, m.revoked_at, m.dataset_id, t.name as task,
       encode(v.code_digest, 'hex') as code_digest, g.body as config
from registry.mark m
left join registry.task_version v using (task_version_id)
left join registry.task t using (task_id)
left join registry.config g on g.config_id = m.config_id;
comment on view public.mark is 'What people found bad, suspect or superseded: a dataset, the code of a task, or a configuration.';
comment on column public.mark.mark_id is 'Key of the mark.';
comment on column public.mark.verdict is 'bad, suspect or superseded.';
comment on column public.mark.reason is 'Why, in one sentence.';
comment on column public.mark.author is 'Database user who marked.';
comment on column public.mark.created_at is 'When it was marked (UTC).';
comment on column public.mark.revoked_at is 'When the mark was taken back (UTC); NULL while it holds.';
comment on column public.mark.dataset_id is 'Marked dataset.';
comment on column public.mark.task is 'Task whose code is marked.';
comment on column public.mark.code_digest is 'SHA-256 of the marked code, hexadecimal.';
comment on column public.mark.config is 'Marked configuration.';

create view public.member as
select c.name as collection, c.kind, m.dataset_id, m.how, m.since
from registry.member m join registry.collection c on c.collection_id = m.collection_id
where m.until = 'infinity';
comment on view public.member is 'Which datasets are in which run or collection now; rows of a catalog belong to a run by their dataset_id.';
comment on column public.member.collection is 'Name of the run or collection.';
comment on column public.member.kind is 'run, tagged, chained or calibration.';
comment on column public.member.dataset_id is 'Dataset.';
comment on column public.member.how is 'computed, reused, tagged or ingested.';
comment on column public.member.since is 'When it entered (UTC).';

create view public.queue_depth as
select x.queue, q.name as class, c.name as run,
       count(*) filter (where x.waits and x.not_before = '-infinity') as n_ready,
       count(*) filter (where x.waits and x.not_before > '-infinity' and x.not_before < 'infinity') as n_backing_off,
       count(*) filter (where x.waits and x.not_before = 'infinity') as n_paused,
       count(*) filter (where not x.waits) as n_leased,
       extract(epoch from clock_timestamp() - min(x.since) filter (where x.waits and x.not_before = '-infinity'))::float8 as oldest_ready_s,
       extract(epoch from clock_timestamp() - min(x.since) filter (where not x.waits))::float8 as oldest_lease_s
from (
  select r.unit_id, r.queue, r.since, r.not_before, true as waits from work.ready r
  union all
  select l.unit_id, u.queue, l.acquired_at, null, false from work.lease l join work.unit u using (unit_id)
) x
join work.unit u using (unit_id)
join work.queue q on q.queue = x.queue
join registry.collection c on c.collection_id = u.run_id
group by x.queue, q.name, c.name;
comment on view public.queue_depth is 'What lies in the queues and what workers hold, by queue and run.';
comment on column public.queue_depth.queue is 'Number of the queue.';
comment on column public.queue_depth.class is 'Class of resources that the queue is of: normal, large, huge or one of your own.';
comment on column public.queue_depth.run is 'Run.';
comment on column public.queue_depth.n_ready is 'Units that may be claimed now.';
comment on column public.queue_depth.n_backing_off is 'Units that failed and wait before the next attempt.';
comment on column public.queue_depth.n_paused is 'Units of a run that an operator paused.';
comment on column public.queue_depth.n_leased is 'Units that a worker holds.';
comment on column public.queue_depth.oldest_ready_s is 'How long the unit that waits longest has been ready [s].';
comment on column public.queue_depth.oldest_lease_s is 'How long the oldest lease has been held [s].';

create view public.throughput as
select date_trunc('minute', e.ended_at) as minute, t.name as task, e.outcome, count(*) as n, sum(e.cpu_s::numeric)::float8 as cpu_s
from work.execution e
join work.unit u using (unit_id)
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)
where e.ended_at > now() - interval '1 day'
group by 1, 2, 3;
comment on view public.throughput is 'Attempts that ended in each minute of the last day, by task and outcome.';
comment on column public.throughput.minute is 'Minute in which they ended (UTC).';
comment on column public.throughput.task is 'Task.';
comment on column public.throughput.outcome is 'ok, reused, error or lost.';
comment on column public.throughput.n is 'Attempts.';
comment on column public.throughput.cpu_s is 'CPU time [s].';

create view public.latency as
select t.name as task, count(*) as n,
       percentile_cont(0.5) within group (order by extract(epoch from e.ended_at - e.started_at))::float8 as wall_s_median,
       percentile_cont(0.95) within group (order by extract(epoch from e.ended_at - e.started_at))::float8 as wall_s_p95,
       max(extract(epoch from e.ended_at - e.started_at))::float8 as wall_s_max,
       max(e.max_rss_mb) as max_rss_mb
from work.execution e
join work.unit u using (unit_id)
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)
where e.ended_at > now() - interval '1 day' and e.outcome = 'ok'
group by 1;
comment on view public.latency is 'How long the attempts took that ended well in the last day, by task.';
comment on column public.latency.task is 'Task.';
comment on column public.latency.n is 'Attempts.';
comment on column public.latency.wall_s_median is 'Half of them took less [s].';
comment on column public.latency.wall_s_p95 is '95 of 100 took less [s].';
comment on column public.latency.wall_s_max is 'The longest [s].';
comment on column public.latency.max_rss_mb is 'The largest peak of resident memory [MiB].';

create view public.failure_class as
select coalesce(e.error_class, e.outcome) as error_class, t.name as task, count(*) as n, count(distinct e.unit_id) as n_units,
       count(distinct e.unit_id) filter (where u.state = 'dead') as n_dead, max(e.ended_at) as latest,
       (array_agg(e.error order by e.execution_id desc))[1] as example
from work.execution e
join work.unit u using (unit_id)
join registry.quantum q using (quantum_id)
join registry.task_version v using (task_version_id)
join registry.task t using (task_id)
where e.ended_at > now() - interval '1 day' and e.outcome in ('error', 'lost')
  -- Who cancels a run takes units away; nothing failed.
  and e.error_class is distinct from 'CalledOff'
group by 1, 2;
comment on view public.failure_class is 'Attempts that failed in the last day, by the class of the error and task.';
comment on column public.failure_class.error_class is 'Class of the error; LeaseLost where a worker died or fell silent.';
comment on column public.failure_class.task is 'Task.';
comment on column public.failure_class.n is 'Attempts.';
comment on column public.failure_class.n_units is 'Units.';
comment on column public.failure_class.n_dead is 'Units that are dead now.';
comment on column public.failure_class.latest is 'When the latest failed (UTC).';
comment on column public.failure_class.example is 'What the latest one said.';

create view public.table_size as
select s.schemaname || '.' || s.relname as table_name, s.n_live_tup as n_live, s.n_dead_tup as n_dead,
       pg_table_size(s.relid) as table_bytes, pg_indexes_size(s.relid) as index_bytes,
       greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at, greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at
from pg_stat_user_tables s
where s.schemaname in ('registry', 'work', 'ingest', 'quality', 'catalog_part');
comment on view public.table_size is 'Size and bloat of every table; many dead rows that stay mean that a long snapshot holds them.';
comment on column public.table_size.table_name is 'Table.';
comment on column public.table_size.n_live is 'Rows, estimated.';
comment on column public.table_size.n_dead is 'Dead rows that no vacuum has taken away, estimated.';
comment on column public.table_size.table_bytes is 'Size of the table [byte].';
comment on column public.table_size.index_bytes is 'Size of its indexes [byte].';
comment on column public.table_size.vacuumed_at is 'Last vacuum (UTC).';
comment on column public.table_size.analyzed_at is 'Last time its statistics were taken (UTC).';

create view public.worker as
select w.worker_id, w.host, w.pid, w.software_id, w.started_at, w.last_seen, w.stopped_at, coalesce(l.n, 0) as n_leased
from work.worker w
left join (select worker_id, count(*) as n from work.lease group by 1) l using (worker_id);
comment on view public.worker is 'Worker processes, those that have ended too.';
comment on column public.worker.worker_id is 'Key of the worker.';
comment on column public.worker.host is 'Host.';
comment on column public.worker.pid is 'Process on that host.';
comment on column public.worker.software_id is 'Environment.';
comment on column public.worker.started_at is 'When it began (UTC).';
comment on column public.worker.last_seen is 'Its last heartbeat (UTC).';
comment on column public.worker.stopped_at is 'When it ended, as far as known (UTC).';
comment on column public.worker.n_leased is 'Units that it holds.';

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

create view public.load as
select l.load_id, l.target as catalog, c.name as run, l.state, (select count(*) from ingest.load_file f where f.load_id = l.load_id) as n_files,
       l.n_rows, l.footprint, l.merged_into, l.opened_at, l.published_at, l.retired_at
from ingest.load l join registry.collection c on c.collection_id = l.run_id;
comment on view public.load is 'Loads of the catalogs: each brought the rows of some Parquet files, and is one partition of its table.';
comment on column public.load.load_id is 'Load; load_id in the rows of the catalog.';
comment on column public.load.catalog is 'Catalog table.';
comment on column public.load.run is 'Run that loaded; of a merged load, that of its youngest part.';
comment on column public.load.state is 'open, published (its rows are in the table), retiring (they are leaving it) or retired (they left it).';
comment on column public.load.n_files is 'Datasets that it brought, a Parquet file each.';
comment on column public.load.n_rows is 'Rows, as they were counted; NULL before.';
comment on column public.load.footprint is 'Where on the sky its rows lie: ranges of nested HEALPix pixels of order 29.';
comment on column public.load.merged_into is 'Load that takes, or took, its place.';
comment on column public.load.opened_at is 'When it was opened.';
comment on column public.load.published_at is 'When its rows became visible.';
comment on column public.load.retired_at is 'When its rows had left the table; its files remain.';

create view public.file_statistics as
select f.target as catalog, f.load_id, f.dataset_id, s.key as column_name, f.n_rows,
       case when jsonb_typeof(s.value -> 0) = 'number' then (s.value ->> 0)::float8 end as minimum,
       case when jsonb_typeof(s.value -> 1) = 'number' then (s.value ->> 1)::float8 end as maximum,
       case when jsonb_typeof(s.value -> 0) = 'string' then s.value ->> 0 end as first_text,
       case when jsonb_typeof(s.value -> 1) = 'string' then s.value ->> 1 end as last_text,
       (s.value ->> 2)::int8 as n_missing
from ingest.load l join ingest.load_file f using (load_id) cross join lateral jsonb_each(f.statistics) as s
where l.state = 'published' and f.live;
comment on view public.file_statistics is 'What each column holds in each Parquet file whose rows are in a catalog: as it was when the file was loaded.';
comment on column public.file_statistics.catalog is 'Catalog table.';
comment on column public.file_statistics.load_id is 'Load that holds the rows.';
comment on column public.file_statistics.dataset_id is 'Dataset: the Parquet file.';
comment on column public.file_statistics.column_name is 'Column of the catalog, as in SQL.';
comment on column public.file_statistics.n_rows is 'Rows of the file.';
comment on column public.file_statistics.minimum is 'Least finite number, 0 for false and 1 for true; NULL when there is none.';
comment on column public.file_statistics.maximum is 'Greatest finite number; NULL when there is none.';
comment on column public.file_statistics.first_text is 'First text in the order of its characters'' numbers; NULL for numbers.';
comment on column public.file_statistics.last_text is 'Last text in that order; NULL for numbers.';
comment on column public.file_statistics.n_missing is 'Rows in which the number is NaN or infinite.';

create view public.forced_source as select dataset_id, objectid, positionlist, instrument, visit, detector, band, physical_filter, expmidptmjd, coord_ra, coord_dec, x, y, psfflux, psffluxerr, psfflux_flag, psfflux_flag_edge, psfflux_flag_nogoodpixels, invalidpsfflag, psfflux_instflux, psfflux_instfluxerr, psfflux_chi2, nblended, localbackground_instflux, pixelflags_bad, pixelflags_cr, pixelflags_edge, pixelflags_interpolated, pixelflags_nodata, pixelflags_saturated, pixelflags_suspect, pixelflags_saturatedcenter, _healpix_29, load_id from catalog.forced_source t;
comment on view public.forced_source is 'PSF fluxes at listed sky positions on single detector images, detected there or not. Names follow ForcedSource of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.forced_source.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.forced_source.objectid is 'Identifier of the position in its list: the id of the file, or else its row number from 1. (meta.id;src)';
comment on column public.forced_source.positionlist is 'Name under which the list of positions was ingested. (meta.id;meta.table)';
comment on column public.forced_source.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.forced_source.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.forced_source.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.forced_source.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.forced_source.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.forced_source.expmidptmjd is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.forced_source.coord_ra is 'Right ascension of the listed position, ICRS, in [0, 360), moved by its proper motion to the time of the exposure. Never NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.forced_source.coord_dec is 'Declination of the listed position, ICRS, moved by its proper motion to the time of the exposure. Never NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.forced_source.x is 'Column where the flux was measured, from the position by the WCS of the image and a shift common to the list; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.x;instr.det)';
comment on column public.forced_source.y is 'Row where the flux was measured, from the position by the WCS of the image and a shift common to the list; the center of the first pixel is 0. Never NaN. [pixel] (pos.cartesian.y;instr.det)';
comment on column public.forced_source.psfflux is 'Flux of the PSF model held at the position, with a constant local background, fitted together with the other positions of the list nearby; may be negative. AB scale. NaN when there was nothing to fit or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.forced_source.psffluxerr is 'Standard error of psfFlux from the noise of the pixels, raised by the scatter of such fluxes on empty sky of the same image; without the error of the zero point. NaN where psfFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.forced_source.psfflux_flag is 'True when the PSF flux is not to be trusted, for whatever reason. (meta.code.qual)';
comment on column public.forced_source.psfflux_flag_edge is 'True when the position is too close to the border for the whole PSF model to lie on the image. (meta.code.qual)';
comment on column public.forced_source.psfflux_flag_nogoodpixels is 'True when too few good pixels lie under the PSF model to fit it. (meta.code.qual)';
comment on column public.forced_source.invalidpsfflag is 'True when no star showed the PSF of the image, so that its model is a guess. (meta.code.qual)';
comment on column public.forced_source.psfflux_instflux is 'The flux behind psfFlux, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (phot.count;stat.uncalib)';
comment on column public.forced_source.psfflux_instfluxerr is 'Standard error of psfFlux_instFlux, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (stat.error;phot.count;stat.uncalib)';
comment on column public.forced_source.psfflux_chi2 is 'Chi-square per degree of freedom of the pixels under the PSF model, all positions of the list subtracted. NaN when there was nothing to fit. [dimensionless] (stat.fit.chi2)';
comment on column public.forced_source.nblended is 'Positions of the list whose fluxes were solved together with this one, directly or through others; 0 for one that stands alone. [dimensionless] (meta.number)';
comment on column public.forced_source.localbackground_instflux is 'Constant left under the position after the background of the image was taken off, per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when there was nothing to fit. [count] (instr.skyLevel)';
comment on column public.forced_source.pixelflags_bad is 'True when a pixel within 3 pixels of the position is bad (a defect of the detector). (meta.code.qual)';
comment on column public.forced_source.pixelflags_cr is 'True when a pixel within 3 pixels of the position was hit by a cosmic ray. (meta.code.qual)';
comment on column public.forced_source.pixelflags_edge is 'True when a pixel within 3 pixels of the position lies in the border of the image where the PSF model is cut. (meta.code.qual)';
comment on column public.forced_source.pixelflags_interpolated is 'True when a pixel within 3 pixels of the position was interpolated from its neighbors. (meta.code.qual)';
comment on column public.forced_source.pixelflags_nodata is 'True when a pixel within 3 pixels of the position has no data. (meta.code.qual)';
comment on column public.forced_source.pixelflags_saturated is 'True when a pixel within 3 pixels of the position is saturated. (meta.code.qual)';
comment on column public.forced_source.pixelflags_suspect is 'True when a pixel within 3 pixels of the position is suspect. (meta.code.qual)';
comment on column public.forced_source.pixelflags_saturatedcenter is 'True when a pixel at the position is saturated. (meta.code.qual)';
comment on column public.forced_source._healpix_29 is 'HEALPix cell of order 29 (nested) of coord_ra and coord_dec. (pos.healpix)';
comment on column public.forced_source.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.reference_star as select dataset_id, refstarid, catalog, ra, dec, raerr, decerr, epochmjdtai, pmra, pmdec, pmraerr, pmdecerr, parallax, parallaxerr, gmag, gmagerr, bpmag, bpmagerr, rpmag, rpmagerr, astrometricexcessnoise, duplicatedsource, _healpix_29, uabmag, uabmagerr, gabmag, gabmagerr, rabmag, rabmagerr, iabmag, iabmagerr, zabmag, zabmagerr, yabmag, yabmagerr, btmag, btmagerr, vtmag, vtmagerr, isresolved, isphotometric, fileordinal, load_id from catalog.reference_star t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
comment on view public.reference_star is 'Stars of reference catalogs, against which images are calibrated. Positions stand at the epoch of the catalog. Missing numbers are NaN, never NULL.';
comment on column public.reference_star.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.reference_star.refstarid is 'Identifier of the star in its catalog, e.g. the source_id of Gaia. (meta.id;src.calib)';
comment on column public.reference_star.catalog is 'Short name of the reference catalog, e.g. gaia_dr2. (meta.id;meta.table)';
comment on column public.reference_star.ra is 'Right ascension, ICRS, in [0, 360), at epochMjdTai. Never NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.reference_star.dec is 'Declination, ICRS, at epochMjdTai. Never NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.reference_star.raerr is 'Standard error of ra as an angle on the sky, that is times cos(dec), at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.ra)';
comment on column public.reference_star.decerr is 'Standard error of dec at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.dec)';
comment on column public.reference_star.epochmjdtai is 'Epoch of ra and dec, MJD in TAI. Never NaN. [d] (time.epoch)';
comment on column public.reference_star.pmra is 'Proper motion in right ascension as an angle on the sky, that is times cos(dec). NaN when not measured. [mas/yr] (pos.pm;pos.eq.ra)';
comment on column public.reference_star.pmdec is 'Proper motion in declination. NaN when not measured. [mas/yr] (pos.pm;pos.eq.dec)';
comment on column public.reference_star.pmraerr is 'Standard error of pmRa. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.ra)';
comment on column public.reference_star.pmdecerr is 'Standard error of pmDec. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.dec)';
comment on column public.reference_star.parallax is 'Absolute parallax; may be negative. NaN when not measured. [mas] (pos.parallax)';
comment on column public.reference_star.parallaxerr is 'Standard error of parallax. NaN when not measured. [mas] (stat.error;pos.parallax)';
comment on column public.reference_star.gmag is 'Mean magnitude in the G band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt)';
comment on column public.reference_star.gmagerr is 'Standard error of gMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt)';
comment on column public.reference_star.bpmag is 'Mean magnitude in the BP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.B)';
comment on column public.reference_star.bpmagerr is 'Standard error of bpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.B)';
comment on column public.reference_star.rpmag is 'Mean magnitude in the RP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.R)';
comment on column public.reference_star.rpmagerr is 'Standard error of rpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.R)';
comment on column public.reference_star.astrometricexcessnoise is 'Scatter that the astrometric solution of Gaia needs beyond the errors; large for binaries and galaxies. NaN when not known. [mas] (stat.value)';
comment on column public.reference_star.duplicatedsource is 'True when Gaia had several entries for this star and kept one; its astrometry may then be poor. (meta.code.status)';
comment on column public.reference_star._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec, at epochMjdTai; -1 when there is none. The files are sorted by it. (pos.healpix)';
comment on column public.reference_star.uabmag is 'AB magnitude in the u band of SDSS, in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.U)';
comment on column public.reference_star.uabmagerr is 'Standard error of uAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.U)';
comment on column public.reference_star.gabmag is 'AB magnitude in the g band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.B)';
comment on column public.reference_star.gabmagerr is 'Standard error of gAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.B)';
comment on column public.reference_star.rabmag is 'AB magnitude in the r band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.R)';
comment on column public.reference_star.rabmagerr is 'Standard error of rAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.R)';
comment on column public.reference_star.iabmag is 'AB magnitude in the i band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.I)';
comment on column public.reference_star.iabmagerr is 'Standard error of iAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.I)';
comment on column public.reference_star.zabmag is 'AB magnitude in the z band of the catalog (SDSS or PS1, as column catalog says), in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.opt.I)';
comment on column public.reference_star.zabmagerr is 'Standard error of zAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.I)';
comment on column public.reference_star.yabmag is 'AB magnitude in the y band of PS1, in the system of that survey. NaN when not measured or not above its error. [mag] (phot.mag;em.IR.NIR)';
comment on column public.reference_star.yabmagerr is 'Standard error of yAbMag. NaN when not measured. [mag] (stat.error;phot.mag;em.IR.NIR)';
comment on column public.reference_star.btmag is 'Magnitude in the B_T band of Tycho-2, Vega system. NaN when not measured. [mag] (phot.mag;em.opt.B)';
comment on column public.reference_star.btmagerr is 'Standard error of btMag. NaN when not known. [mag] (stat.error;phot.mag;em.opt.B)';
comment on column public.reference_star.vtmag is 'Magnitude in the V_T band of Tycho-2, Vega system. NaN when not measured. [mag] (phot.mag;em.opt.V)';
comment on column public.reference_star.vtmagerr is 'Standard error of vtMag. NaN when not known. [mag] (stat.error;phot.mag;em.opt.V)';
comment on column public.reference_star.isresolved is 'True when the catalog calls the source resolved, a galaxy rather than a star; false also when it does not tell. (meta.code.class)';
comment on column public.reference_star.isphotometric is 'True when the catalog marks the source as fit for photometric calibration; false also when it has no such mark. (meta.code.qual)';
comment on column public.reference_star.fileordinal is 'Which of the files that the dataset was made of the star stands in: the ordinal of the input of role file in the view lineage. (meta.id;meta.file)';
comment on column public.reference_star.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.source as select dataset_id, sourceid, instrument, visit, detector, band, physical_filter, midpointmjdtai, x, y, xerr, yerr, ra, dec, raerr, decerr, ra_dec_cov, psfflux, psffluxerr, psfflux_instflux, psfflux_instfluxerr, psfflux_chi2, psfflux_flag, psfflux_flag_edge, psfflux_flag_nogoodpixels, ap03flux, ap03fluxerr, ap03flux_flag, ap06flux, ap06fluxerr, ap06flux_flag, ap09flux, ap09fluxerr, ap09flux_flag, ap12flux, ap12fluxerr, ap12flux_flag, ap17flux, ap17fluxerr, ap17flux_flag, apflux_12_0_instflux, apflux_12_0_instfluxerr, sky, skyerr, footprintarea_value, centroid_flag, pixelflags_bad, pixelflags_cr, pixelflags_edge, pixelflags_interpolated, pixelflags_nodata, pixelflags_saturated, pixelflags_saturatedcenter, pixelflags_suspect, calib_psf_candidate, calib_psf_used, calib_astrometry_used, calib_photometry_used, _healpix_29, parentsourceid, deblend_npeaks, detect_isisolated, deblend_peak_center_x, deblend_peak_center_y, footprint_xmin, footprint_xmax, footprint_ymin, footprint_ymax, kronflux, kronfluxerr, kronrad, kronflux_flag, kronflux_flag_used_minimum_radius, petroflux, petrofluxerr, petrorad, petror50, petror90, petroflux_flag, ixx, ixxerr, ixxpsf, iyy, iyyerr, iyypsf, ixy, ixyerr, ixypsf, shape_flag, spreadmodel, spreadmodelerr, sizeextendedness, extendedness, extendedness_flag, neighbordistance, neighborfluxratio, ap12flux_neighborfraction, borderdistance, pixelflags_offimage, psfflux_apcorr, psfflux_apcorrerr, ap03flux_apcorr, ap03flux_apcorrerr, ap06flux_apcorr, ap06flux_apcorrerr, ap09flux_apcorr, ap09flux_apcorrerr, ap17flux_apcorr, ap17flux_apcorrerr, psfflux_flag_apcorr, load_id from catalog.source t;
comment on view public.source is 'Detections on single detector images, measured where they were found, independently of every other image. Names follow Source of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.source.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.source.sourceid is 'Identifier of the detection: its running number in the image (from 1) packed under exposure and detector. Unique within the instrument and one processing; a reprocessing may give the same number to another detection. (meta.id;src)';
comment on column public.source.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.source.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.source.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.source.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.source.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.source.midpointmjdtai is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.source.x is 'Column of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.x;instr.det)';
comment on column public.source.y is 'Row of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.y;instr.det)';
comment on column public.source.xerr is 'Standard error of x, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.x;instr.det)';
comment on column public.source.yerr is 'Standard error of y, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.y;instr.det)';
comment on column public.source.ra is 'Right ascension of the centroid, ICRS, in [0, 360), at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.ra;meta.main)';
comment on column public.source.dec is 'Declination of the centroid, ICRS, at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.dec;meta.main)';
comment on column public.source.raerr is 'Standard error of ra as an angle on the sky, that is times cos(dec), from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.ra)';
comment on column public.source.decerr is 'Standard error of dec, from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.dec)';
comment on column public.source.ra_dec_cov is 'Covariance of ra and dec as angles on the sky; the companion of raErr and decErr. NaN when not known. [deg**2] (stat.covariance;pos.eq.ra;pos.eq.dec)';
comment on column public.source.psfflux is 'Flux of the best fit of the PSF model at the centroid, AB scale. NaN when the fit failed or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.psffluxerr is 'Standard error of psfFlux, from the noise of the pixels; without the error of the zero point. NaN where psfFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.psfflux_instflux is 'Flux of the best fit of the PSF model at the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (phot.count;stat.uncalib)';
comment on column public.source.psfflux_instfluxerr is 'Standard error of psfFlux_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (stat.error;phot.count;stat.uncalib)';
comment on column public.source.psfflux_chi2 is 'Chi-square of the PSF fit per degree of freedom; near 1 for an isolated star. NaN when the fit failed. [dimensionless] (stat.fit.chi2)';
comment on column public.source.psfflux_flag is 'True when the PSF flux is not to be trusted, for whatever reason. (meta.code.qual)';
comment on column public.source.psfflux_flag_edge is 'True when the source is too close to the border for the whole PSF model to lie on the image. (meta.code.qual)';
comment on column public.source.psfflux_flag_nogoodpixels is 'True when too few good pixels lie under the PSF model to fit it. (meta.code.qual)';
comment on column public.source.ap03flux is 'Flux within 3 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap03fluxerr is 'Standard error of ap03Flux, from the noise of the pixels; without the error of the zero point. NaN where ap03Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap03flux_flag is 'True when the flux within 3 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap06flux is 'Flux within 6 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap06fluxerr is 'Standard error of ap06Flux, from the noise of the pixels; without the error of the zero point. NaN where ap06Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap06flux_flag is 'True when the flux within 6 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap09flux is 'Flux within 9 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap09fluxerr is 'Standard error of ap09Flux, from the noise of the pixels; without the error of the zero point. NaN where ap09Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap09flux_flag is 'True when the flux within 9 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap12flux is 'Flux within 12 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap12fluxerr is 'Standard error of ap12Flux, from the noise of the pixels; without the error of the zero point. NaN where ap12Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap12flux_flag is 'True when the flux within 12 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.ap17flux is 'Flux within 17 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.ap17fluxerr is 'Standard error of ap17Flux, from the noise of the pixels; without the error of the zero point. NaN where ap17Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.ap17flux_flag is 'True when the flux within 17 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';
comment on column public.source.apflux_12_0_instflux is 'Flux within 12 pixels of the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (phot.count;stat.uncalib)';
comment on column public.source.apflux_12_0_instfluxerr is 'Standard error of apFlux_12_0_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (stat.error;phot.count;stat.uncalib)';
comment on column public.source.sky is 'Background per pixel at the centroid, from the background model of the image, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (instr.skyLevel)';
comment on column public.source.skyerr is 'Rms of the pixels about the background model at the centroid (not the error of sky), in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (stat.rms;instr.skyLevel)';
comment on column public.source.footprintarea_value is 'Number of connected pixels above the threshold that make the detection. [pixel] (meta.number;instr.pixel)';
comment on column public.source.centroid_flag is 'True when the centroid is not to be trusted; x and y are then the peak pixel or NaN. (meta.code.qual)';
comment on column public.source.pixelflags_bad is 'True when a pixel of the detection is bad (a defect of the detector). (meta.code.qual)';
comment on column public.source.pixelflags_cr is 'True when a pixel of the detection was hit by a cosmic ray. (meta.code.qual)';
comment on column public.source.pixelflags_edge is 'True when a pixel of the detection lies in the unusable border of the image. (meta.code.qual)';
comment on column public.source.pixelflags_interpolated is 'True when a pixel of the detection was interpolated from its neighbors. (meta.code.qual)';
comment on column public.source.pixelflags_nodata is 'True when a pixel of the detection has no data. (meta.code.qual)';
comment on column public.source.pixelflags_saturated is 'True when a pixel of the detection is saturated. (meta.code.qual)';
comment on column public.source.pixelflags_saturatedcenter is 'True when a pixel at the centroid is saturated. (meta.code.qual)';
comment on column public.source.pixelflags_suspect is 'True when a pixel of the detection is near saturation, where the response is not well known. (meta.code.qual)';
comment on column public.source.calib_psf_candidate is 'True when this source was selected as a star for the PSF model, before outliers were rejected. (meta.code.member)';
comment on column public.source.calib_psf_used is 'True when this source entered the final fit of the PSF model. (meta.code.member)';
comment on column public.source.calib_astrometry_used is 'True when this source entered the final fit of the image coordinates. (meta.code.member)';
comment on column public.source.calib_photometry_used is 'True when this source entered the final fit of the zero point. (meta.code.member)';
comment on column public.source._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';
comment on column public.source.parentsourceid is 'Identifier (sourceId) of the brightest source of the same connected footprint, which names the blend; 0 for a source that shares its footprint with no other. (meta.id;src)';
comment on column public.source.deblend_npeaks is 'Number of sources that the connected footprint was split into; 1 for a source that shares its footprint with no other. [dimensionless] (meta.number;src)';
comment on column public.source.detect_isisolated is 'True when the source shares its connected footprint with no other. (meta.code.class)';
comment on column public.source.deblend_peak_center_x is 'Column of the brightest pixel of the footprint. [pixel] (pos.cartesian.x;instr.det)';
comment on column public.source.deblend_peak_center_y is 'Row of the brightest pixel of the footprint. [pixel] (pos.cartesian.y;instr.det)';
comment on column public.source.footprint_xmin is 'First column of the footprint. [pixel] (pos.cartesian.x;instr.det;stat.min)';
comment on column public.source.footprint_xmax is 'Last column of the footprint. [pixel] (pos.cartesian.x;instr.det;stat.max)';
comment on column public.source.footprint_ymin is 'First row of the footprint. [pixel] (pos.cartesian.y;instr.det;stat.min)';
comment on column public.source.footprint_ymax is 'Last row of the footprint. [pixel] (pos.cartesian.y;instr.det;stat.max)';
comment on column public.source.kronflux is 'Flux within an ellipse of 2.5 Kron radii around the centroid, light under the footprints of neighbors replaced by the mean of the ring, AB scale. A point source has a few hundredths of its light outside. NaN when it could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.kronfluxerr is 'Standard error of kronFlux, from the noise of the pixels, for the aperture as it is; without the error of the zero point. NaN where kronFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.kronrad is 'Kron radius: geometric mean of the semi-axes of the ellipse of kronFlux, divided by 2.5. NaN when not known. [pixel] (phys.angSize;src)';
comment on column public.source.kronflux_flag is 'True when kronFlux is not to be trusted, e.g. because its ellipse leaves the image, holds bad pixels or is covered by neighbors all around. (meta.code.qual)';
comment on column public.source.kronflux_flag_used_minimum_radius is 'True when the ellipse of kronFlux has its least size, 3.5 times the rms of the light of the footprint. (meta.code.qual)';
comment on column public.source.petroflux is 'Flux within two Petrosian radii around the centroid, in circles, light under the footprints of neighbors replaced by the mean of the ring, AB scale: total light that needs no model. NaN when there is no Petrosian radius or the image has no zero point. [nJy] (phot.flux.density;em.opt)';
comment on column public.source.petrofluxerr is 'Standard error of petroFlux, from the noise of the pixels, for the aperture as it is; without the error of the zero point. NaN where petroFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';
comment on column public.source.petrorad is 'Petrosian radius: the smallest at which the surface brightness is a fifth of the mean within. NaN when there is none, as for faint sources in noise. [pixel] (phys.angSize;src)';
comment on column public.source.petror50 is 'Radius of the circle that holds half of petroFlux. NaN where petroFlux is NaN. [pixel] (phys.angSize;src)';
comment on column public.source.petror90 is 'Radius of the circle that holds nine tenths of petroFlux. NaN where petroFlux is NaN. [pixel] (phys.angSize;src)';
comment on column public.source.petroflux_flag is 'True when petroFlux is NaN or not to be trusted, e.g. because its circle leaves the image, holds bad pixels or has a ring that neighbors cover. (meta.code.qual)';
comment on column public.source.ixx is 'Second moment of the source along x, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';
comment on column public.source.ixxerr is 'Standard error of ixx, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';
comment on column public.source.ixxpsf is 'Adaptive second moment of the PSF model at the source, along x. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';
comment on column public.source.iyy is 'Second moment of the source along y, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';
comment on column public.source.iyyerr is 'Standard error of iyy, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';
comment on column public.source.iyypsf is 'Adaptive second moment of the PSF model at the source, along y. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';
comment on column public.source.ixy is 'Second moment of the source of x and y, weighted by the Gaussian that fits it (adaptive moments), PSF not removed. NaN where shape_flag is true. [pixel**2] (src.morph.param)';
comment on column public.source.ixyerr is 'Standard error of ixy, from the noise of the pixels. NaN where shape_flag is true. [pixel**2] (stat.error;src.morph.param)';
comment on column public.source.ixypsf is 'Adaptive second moment of the PSF model at the source, of x and y. NaN when the model has no shape. [pixel**2] (src.morph.param;instr.det.psf)';
comment on column public.source.shape_flag is 'True when no Gaussian follows the source: it is too faint, too large, blended beyond hope or not on good pixels. (meta.code.qual)';
comment on column public.source.spreadmodel is 'How much more extended than the PSF the source is: 0 for a point source, positive for a wider one, negative for a sharper one (SPREAD_MODEL of the Dark Energy Survey). NaN when it cannot be told. [dimensionless] (src.class.starGalaxy)';
comment on column public.source.spreadmodelerr is 'Standard error of spreadModel, from the noise of the pixels. NaN where spreadModel is NaN. [dimensionless] (stat.error;src.class.starGalaxy)';
comment on column public.source.sizeextendedness is 'Probability in [0, 1] that the source is more extended than a point, from its size; near 0.5 nothing is known. NaN where extendedness_flag is true. [dimensionless] (src.class.starGalaxy;stat.probability)';
comment on column public.source.extendedness is 'Zero for a source that is rather a point, 1 for one that is rather extended. NaN where extendedness_flag is true. [dimensionless] (src.class.starGalaxy)';
comment on column public.source.extendedness_flag is 'True when star and galaxy cannot be told apart, e.g. because no star showed the PSF. (meta.code.qual)';
comment on column public.source.neighbordistance is 'Distance to the nearest source of the image. NaN when there is no other. [pixel] (pos.angDistance)';
comment on column public.source.neighborfluxratio is 'PSF flux of the nearest source over the own. NaN when there is no other, or no positive flux of its own. [dimensionless] (phot.flux;arith.ratio)';
comment on column public.source.ap12flux_neighborfraction is 'Part of the light of point sources within 12 pixels of the centroid that is not the own one; what the footprints hide is counted here too. NaN without a positive PSF flux of its own. [dimensionless] (phot.flux;arith.ratio)';
comment on column public.source.borderdistance is 'Distance to the border of the image, negative off the image. NaN when the centroid failed altogether. [pixel] (pos.angDistance)';
comment on column public.source.pixelflags_offimage is 'True when the centroid is off the image. (meta.code.qual)';
comment on column public.source.psfflux_apcorr is 'Factor that brings psfFlux of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';
comment on column public.source.psfflux_apcorrerr is 'Standard error of psfFlux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';
comment on column public.source.ap03flux_apcorr is 'Factor that brings the flux within 3 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';
comment on column public.source.ap03flux_apcorrerr is 'Standard error of ap03Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';
comment on column public.source.ap06flux_apcorr is 'Factor that brings the flux within 6 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';
comment on column public.source.ap06flux_apcorrerr is 'Standard error of ap06Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';
comment on column public.source.ap09flux_apcorr is 'Factor that brings the flux within 9 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';
comment on column public.source.ap09flux_apcorrerr is 'Standard error of ap09Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';
comment on column public.source.ap17flux_apcorr is 'Factor that brings the flux within 17 pixels of a point source to the scale of the 12-pixel aperture, from the stars of the image; not applied. NaN when no star shows it. [dimensionless] (arith.factor;phot.flux)';
comment on column public.source.ap17flux_apcorrerr is 'Standard error of ap17Flux_apCorr. NaN when no star shows it. [dimensionless] (stat.error;phot.flux)';
comment on column public.source.psfflux_flag_apcorr is 'True when no star shows the aperture correction of psfFlux. (meta.code.qual)';
comment on column public.source.load_id is 'Load that the row is in, until loads are merged: see the view load.';

create view public.visit as select dataset_id, instrument, visit, physical_filter, band, day_obs, ra, dec, skyrotation, azimuth, altitude, zenithdistance, airmass, exptime, expmidptmjd, obsstartmjd, expmidpt, obsstart, target_name, science_program, headercorrected from catalog.visit t;
comment on view public.visit is 'Visits: one pointing of the telescope each, as the headers of the raw exposures tell. Names follow Visit of LSST Data Preview 1. What nobody knows is NaN where it is a measured number, and NULL where it is a name or a date.';
comment on column public.visit.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.visit.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.visit.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.visit.physical_filter is 'Name of the filter in the beam, as the instrument calls it; NULL when not known. (meta.id;instr.filter)';
comment on column public.visit.band is 'Short name of the passband, independent of the instrument, e.g. r; NULL when not known. (instr.bandpass)';
comment on column public.visit.day_obs is 'Observing night as the instrument counts it, written as the number YYYYMMDD; NULL when not known. (meta.id;time.epoch)';
comment on column public.visit.ra is 'Right ascension of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.ra;meta.main)';
comment on column public.visit.dec is 'Declination of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.dec;meta.main)';
comment on column public.visit.skyrotation is 'Position angle of the +y axis of the focal plane, from north through east. NaN when not known. [deg] (pos.posAng)';
comment on column public.visit.azimuth is 'Azimuth of the center of the focal plane in the middle of the visit, from north through east. NaN when not known. [deg] (pos.az.azi)';
comment on column public.visit.altitude is 'Altitude of the center of the focal plane in the middle of the visit, without refraction. NaN when not known. [deg] (pos.az.alt)';
comment on column public.visit.zenithdistance is 'Zenith distance of the center of the focal plane in the middle of the visit: 90 - altitude. NaN when not known. [deg] (pos.az.zd)';
comment on column public.visit.airmass is 'Airmass at the center of the focal plane in the middle of the visit. NaN when not known. [dimensionless] (obs.airMass)';
comment on column public.visit.exptime is 'Time for which a pixel collected light. NaN when not known. [s] (time.duration;obs.exposure)';
comment on column public.visit.expmidptmjd is 'Middle of the visit, MJD in TAI. NaN when not known. [d] (time.epoch;obs.exposure)';
comment on column public.visit.obsstartmjd is 'Start of the visit, MJD in TAI. NaN when not known. [d] (time.start;obs.exposure)';
comment on column public.visit.expmidpt is 'Middle of the visit as a calendar date, in UTC; expMidptMJD is the exact time, in TAI. NULL when not known. (time.epoch;obs.exposure)';
comment on column public.visit.obsstart is 'Start of the visit as a calendar date, in UTC; obsStartMJD is the exact time, in TAI. NULL when not known. (time.start;obs.exposure)';
comment on column public.visit.target_name is 'Name of the target or field, as the observer wrote it; empty when there is none. (meta.id;obs.field)';
comment on column public.visit.science_program is 'Observing program that the visit belongs to; empty when there is none. (meta.id;obs.proposal)';
comment on column public.visit.headercorrected is 'True when a header correction replaced what the raw file says, or gave it up as not known: the view header_correction tells keyword by keyword. (meta.code)';

create view public.visit_detector as select dataset_id, instrument, visit, detector, physical_filter, band, ra, dec, pixelscale, exptime, expmidptmjd, obsstartmjd, xsize, ysize, llcra, llcdec, ulcra, ulcdec, urcra, urcdec, lrcra, lrcdec, pixelunit, zeropoint, zeropointerr, zeropointscatter, nphotometrystar, photometry_flag_fewstandards, photometry_flag_fromheader, astromoffsetmean, astromoffsetstd, astromrarms, astromdecrms, nastrometrystar, astrometry_flag_fewstandards, astrometry_flag_noreference, psfsigma, seeing, psffwhm, psfe1, psfe2, npsfstar, psf_flag_fewstars, skybg, skynoise, maglim, nsource, _healpix_29, photometry_flag_nocolourterm, psfmodel, load_id from catalog.visit_detector t;
comment on view public.visit_detector is 'Calibrated detector images: where each one lies on the sky, and how good its coordinates, photometry, PSF and background are. Names follow CcdVisit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.visit_detector.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.visit_detector.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.visit_detector.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.visit_detector.detector is 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';
comment on column public.visit_detector.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.visit_detector.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.visit_detector.ra is 'Right ascension of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.ra;meta.main)';
comment on column public.visit_detector.dec is 'Declination of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.dec;meta.main)';
comment on column public.visit_detector.pixelscale is 'Side of a square with the area of the central pixel on the sky. NaN when the image has no coordinates. [arcsec/pixel] (instr.scale;instr.pixel)';
comment on column public.visit_detector.exptime is 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';
comment on column public.visit_detector.expmidptmjd is 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.visit_detector.obsstartmjd is 'Start of the exposure, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';
comment on column public.visit_detector.xsize is 'Number of columns of the image. [pixel] (pos.wcs.naxis)';
comment on column public.visit_detector.ysize is 'Number of rows of the image. [pixel] (pos.wcs.naxis)';
comment on column public.visit_detector.llcra is 'Right ascension, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.llcdec is 'Declination, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.ulcra is 'Right ascension, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.ulcdec is 'Declination, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.urcra is 'Right ascension, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.urcdec is 'Declination, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.lrcra is 'Right ascension, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';
comment on column public.visit_detector.lrcdec is 'Declination, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';
comment on column public.visit_detector.pixelunit is 'Unit of the pixels of the calibrated image, e.g. adu/s; the unit count of instrumental columns stands for it. (meta.unit)';
comment on column public.visit_detector.zeropoint is 'AB magnitude of a source whose flux is one pixel unit. NaN when the image has no zero point. [mag] (arith.zp;phot.mag)';
comment on column public.visit_detector.zeropointerr is 'Standard error of zeroPoint, from the scatter of the standard stars. NaN when the zero point is not measured on them. [mag] (stat.error;arith.zp;phot.mag)';
comment on column public.visit_detector.zeropointscatter is 'Rms of the standard stars about the zero point, outliers rejected. NaN when the zero point is not measured on them. [mag] (stat.rms;phot.mag)';
comment on column public.visit_detector.nphotometrystar is 'Number of standard stars in the final fit of the zero point. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.photometry_flag_fewstandards is 'True when too few standard stars were found to measure the zero point. (meta.code.qual)';
comment on column public.visit_detector.photometry_flag_fromheader is 'True when the zero point was taken over from the header of the image. (meta.code.qual)';
comment on column public.visit_detector.astromoffsetmean is 'Mean separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (pos.angDistance;stat.mean)';
comment on column public.visit_detector.astromoffsetstd is 'Standard deviation of the separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.stdev;pos.angDistance)';
comment on column public.visit_detector.astromrarms is 'Rms about zero of the offsets in right ascension, as angles on the sky, of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.ra)';
comment on column public.visit_detector.astromdecrms is 'Rms about zero of the offsets in declination of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.dec)';
comment on column public.visit_detector.nastrometrystar is 'Number of reference stars in the final fit of the image coordinates. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.astrometry_flag_fewstandards is 'True when fewer than 5 reference stars were found; the coordinates are then those of the header. (meta.code.qual)';
comment on column public.visit_detector.astrometry_flag_noreference is 'True when no reference catalog covers the image; the coordinates are then those of the header. (meta.code.qual)';
comment on column public.visit_detector.psfsigma is 'Determinant radius (fourth root of the determinant of the second moments) of the PSF model at the center of the image; psfFwhm / 2.355 where the pixels are too wide for these moments, and psfE1 is NaN then. NaN when there are no stars. [pixel] (instr.det.psf)';
comment on column public.visit_detector.seeing is 'Full width at half maximum of the PSF: 2.355 psfSigma times pixelScale. NaN when there are no stars or no coordinates. [arcsec] (instr.obsty.seeing)';
comment on column public.visit_detector.psffwhm is 'Full width at half maximum of a two-dimensional Gaussian fitted to the stars. NaN when there are no stars. [pixel] (instr.det.psf;stat.fwhm)';
comment on column public.visit_detector.psfe1 is 'Ellipticity of the PSF model along the pixel axes, distortion convention: (Ixx - Iyy) / (Ixx + Iyy). NaN when there is no PSF model, or the pixels are too wide to measure its moments. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.psfe2 is 'Ellipticity of the PSF model along the diagonals, distortion convention: 2 Ixy / (Ixx + Iyy). NaN when there is no PSF model, or the pixels are too wide to measure its moments. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.npsfstar is 'Number of stars in the final fit of the PSF model. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.psf_flag_fewstars is 'True when too few stars were found to model the PSF. (meta.code.qual)';
comment on column public.visit_detector.skybg is 'Average of the background model per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (instr.skyLevel)';
comment on column public.visit_detector.skynoise is 'Rms of a pixel about the background model, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (stat.rms;instr.skyLevel)';
comment on column public.visit_detector.maglim is 'AB magnitude of a point source whose PSF flux is 5 times its error, from skyNoise and the PSF. NaN when the image has no zero point or no PSF model. [mag] (instr.sensitivity;phot.mag)';
comment on column public.visit_detector.nsource is 'Number of rows that the image has in the source catalog. [dimensionless] (meta.number;src)';
comment on column public.visit_detector._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';
comment on column public.visit_detector.photometry_flag_nocolourterm is 'True when the zero point takes magnitudes of the reference catalog as they are, because no colour term from them to the band of the image is known. (meta.code.qual)';
comment on column public.visit_detector.psfmodel is 'What the PSF model rests on, by the number of stars: quadratic, linear or constant in position (pixels), moffat (one to three stars), or guess (none). Empty where it was not recorded. (meta.code;instr.det.psf)';
comment on column public.visit_detector.load_id is 'Load that the row is in, until loads are merged: see the view load.';

-- Runs that have units in the queue keep their places in line.
insert into work.place (run_id, queue, priority, vtime)
select u.run_id, r.queue, r.priority, max(r.vtime) from work.ready r join work.unit u using (unit_id) group by 1, 2, 3;

