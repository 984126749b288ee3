create schema registry;

comment on schema registry is 'What exists: coordinates, quanta, datasets, collections; append-only.';

create schema work;

comment on schema work is 'What is being done: units, leases, executions.';

create schema ingest;

comment on schema ingest is 'Which Parquet files are rows of which catalog table.';

create schema catalog;

comment on schema catalog is 'The catalogs: parents of the partitions; columns are named as in the public tables of LSST.';

create schema catalog_part;

comment on schema catalog_part is 'The partitions of the catalogs, one a load.';

create schema quality;

comment on schema quality is 'Metrics and their measurements.';

CREATE SEQUENCE work.fence;

CREATE TABLE catalog.reference_star (
	load_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	refstarid BIGINT NOT NULL,
	catalog TEXT NOT NULL,
	ra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	dec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	raerr REAL DEFAULT 'NaN' NOT NULL,
	decerr REAL DEFAULT 'NaN' NOT NULL,
	epochmjdtai DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	pmra REAL DEFAULT 'NaN' NOT NULL,
	pmdec REAL DEFAULT 'NaN' NOT NULL,
	pmraerr REAL DEFAULT 'NaN' NOT NULL,
	pmdecerr REAL DEFAULT 'NaN' NOT NULL,
	parallax REAL DEFAULT 'NaN' NOT NULL,
	parallaxerr REAL DEFAULT 'NaN' NOT NULL,
	gmag REAL DEFAULT 'NaN' NOT NULL,
	gmagerr REAL DEFAULT 'NaN' NOT NULL,
	bpmag REAL DEFAULT 'NaN' NOT NULL,
	bpmagerr REAL DEFAULT 'NaN' NOT NULL,
	rpmag REAL DEFAULT 'NaN' NOT NULL,
	rpmagerr REAL DEFAULT 'NaN' NOT NULL,
	astrometricexcessnoise REAL DEFAULT 'NaN' NOT NULL,
	duplicatedsource BOOLEAN NOT NULL,
	_healpix_29 BIGINT NOT NULL
)
 PARTITION BY LIST (load_id);

CREATE INDEX reference_star_dataset_idx ON catalog.reference_star (dataset_id);

CREATE INDEX reference_star_healpix_idx ON catalog.reference_star (_healpix_29);

CREATE UNIQUE INDEX reference_star_once_key ON catalog.reference_star (refstarid, dataset_id, load_id);

COMMENT ON TABLE catalog.reference_star IS 'Stars of reference catalogs, against which images are calibrated. Positions stand at the epoch of the catalog. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.reference_star.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.reference_star.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.reference_star.refstarid IS 'Identifier of the star in its catalog, e.g. the source_id of Gaia. (meta.id;src.calib)';

COMMENT ON COLUMN catalog.reference_star.catalog IS 'Short name of the reference catalog, e.g. gaia_dr2. (meta.id;meta.table)';

COMMENT ON COLUMN catalog.reference_star.ra IS 'Right ascension, ICRS, in [0, 360), at epochMjdTai. Never NaN. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.reference_star.dec IS 'Declination, ICRS, at epochMjdTai. Never NaN. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.reference_star.raerr IS 'Standard error of ra as an angle on the sky, that is times cos(dec), at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.ra)';

COMMENT ON COLUMN catalog.reference_star.decerr IS 'Standard error of dec at epochMjdTai. NaN when not known. [mas] (stat.error;pos.eq.dec)';

COMMENT ON COLUMN catalog.reference_star.epochmjdtai IS 'Epoch of ra and dec, MJD in TAI. Never NaN. [d] (time.epoch)';

COMMENT ON COLUMN catalog.reference_star.pmra IS 'Proper motion in right ascension as an angle on the sky, that is times cos(dec). NaN when not measured. [mas/yr] (pos.pm;pos.eq.ra)';

COMMENT ON COLUMN catalog.reference_star.pmdec IS 'Proper motion in declination. NaN when not measured. [mas/yr] (pos.pm;pos.eq.dec)';

COMMENT ON COLUMN catalog.reference_star.pmraerr IS 'Standard error of pmRa. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.ra)';

COMMENT ON COLUMN catalog.reference_star.pmdecerr IS 'Standard error of pmDec. NaN when not measured. [mas/yr] (stat.error;pos.pm;pos.eq.dec)';

COMMENT ON COLUMN catalog.reference_star.parallax IS 'Absolute parallax; may be negative. NaN when not measured. [mas] (pos.parallax)';

COMMENT ON COLUMN catalog.reference_star.parallaxerr IS 'Standard error of parallax. NaN when not measured. [mas] (stat.error;pos.parallax)';

COMMENT ON COLUMN catalog.reference_star.gmag IS 'Mean magnitude in the G band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt)';

COMMENT ON COLUMN catalog.reference_star.gmagerr IS 'Standard error of gMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt)';

COMMENT ON COLUMN catalog.reference_star.bpmag IS 'Mean magnitude in the BP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.bpmagerr IS 'Standard error of bpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.B)';

COMMENT ON COLUMN catalog.reference_star.rpmag IS 'Mean magnitude in the RP band of Gaia, in the Vega system of its release. NaN when not measured. [mag] (phot.mag;em.opt.R)';

COMMENT ON COLUMN catalog.reference_star.rpmagerr IS 'Standard error of rpMag, without the error of the zero point. NaN when not measured. [mag] (stat.error;phot.mag;em.opt.R)';

COMMENT ON COLUMN catalog.reference_star.astrometricexcessnoise IS 'Scatter that the astrometric solution of Gaia needs beyond the errors; large for binaries and galaxies. NaN when not known. [mas] (stat.value)';

COMMENT ON COLUMN catalog.reference_star.duplicatedsource IS 'True when Gaia had several entries for this star and kept one; its astrometry may then be poor. (meta.code.status)';

COMMENT ON COLUMN catalog.reference_star._healpix_29 IS 'Nested HEALPix pixel of order 29 that holds ra and dec, at epochMjdTai; -1 when there is none. The files are sorted by it. (pos.healpix)';

CREATE TABLE catalog.source (
	load_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	sourceid BIGINT NOT NULL,
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	detector INTEGER NOT NULL,
	band TEXT NOT NULL,
	physical_filter TEXT NOT NULL,
	midpointmjdtai DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	x DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	y DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	xerr REAL DEFAULT 'NaN' NOT NULL,
	yerr REAL DEFAULT 'NaN' NOT NULL,
	ra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	dec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	raerr REAL DEFAULT 'NaN' NOT NULL,
	decerr REAL DEFAULT 'NaN' NOT NULL,
	ra_dec_cov REAL DEFAULT 'NaN' NOT NULL,
	psfflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psffluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_instflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_instfluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psfflux_chi2 REAL DEFAULT 'NaN' NOT NULL,
	psfflux_flag BOOLEAN NOT NULL,
	psfflux_flag_edge BOOLEAN NOT NULL,
	psfflux_flag_nogoodpixels BOOLEAN NOT NULL,
	ap03flux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap03fluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap03flux_flag BOOLEAN NOT NULL,
	ap06flux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap06fluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap06flux_flag BOOLEAN NOT NULL,
	ap09flux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap09fluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap09flux_flag BOOLEAN NOT NULL,
	ap12flux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap12fluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap12flux_flag BOOLEAN NOT NULL,
	ap17flux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap17fluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ap17flux_flag BOOLEAN NOT NULL,
	apflux_12_0_instflux DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	apflux_12_0_instfluxerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	sky DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	skyerr DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	footprintarea_value INTEGER NOT NULL,
	centroid_flag BOOLEAN NOT NULL,
	pixelflags_bad BOOLEAN NOT NULL,
	pixelflags_cr BOOLEAN NOT NULL,
	pixelflags_edge BOOLEAN NOT NULL,
	pixelflags_interpolated BOOLEAN NOT NULL,
	pixelflags_nodata BOOLEAN NOT NULL,
	pixelflags_saturated BOOLEAN NOT NULL,
	pixelflags_saturatedcenter BOOLEAN NOT NULL,
	pixelflags_suspect BOOLEAN NOT NULL,
	calib_psf_candidate BOOLEAN NOT NULL,
	calib_psf_used BOOLEAN NOT NULL,
	calib_astrometry_used BOOLEAN NOT NULL,
	calib_photometry_used BOOLEAN NOT NULL,
	_healpix_29 BIGINT NOT NULL
)
 PARTITION BY LIST (load_id);

CREATE INDEX source_dataset_idx ON catalog.source (dataset_id);

CREATE INDEX source_healpix_idx ON catalog.source (_healpix_29);

CREATE UNIQUE INDEX source_once_key ON catalog.source (sourceid, dataset_id, load_id);

CREATE INDEX source_visit_detector_idx ON catalog.source (visit, detector);

COMMENT ON TABLE catalog.source IS 'Detections on single detector images, measured where they were found, independently of every other image. Names follow Source of LSST Data Preview 1. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.source.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.source.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.source.sourceid IS 'Identifier of the detection: its running number in the image (from 1) packed under exposure and detector. Unique within the instrument and one processing; a reprocessing may give the same number to another detection. (meta.id;src)';

COMMENT ON COLUMN catalog.source.instrument IS 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';

COMMENT ON COLUMN catalog.source.visit IS 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.source.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.source.band IS 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';

COMMENT ON COLUMN catalog.source.physical_filter IS 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.source.midpointmjdtai IS 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.source.x IS 'Column of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.x;instr.det)';

COMMENT ON COLUMN catalog.source.y IS 'Row of the centroid in the image; the center of the first pixel is 0. NaN when the centroid failed altogether. [pixel] (pos.cartesian.y;instr.det)';

COMMENT ON COLUMN catalog.source.xerr IS 'Standard error of x, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.x;instr.det)';

COMMENT ON COLUMN catalog.source.yerr IS 'Standard error of y, from the noise of the pixels. NaN when not known. [pixel] (stat.error;pos.cartesian.y;instr.det)';

COMMENT ON COLUMN catalog.source.ra IS 'Right ascension of the centroid, ICRS, in [0, 360), at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.source.dec IS 'Declination of the centroid, ICRS, at the time of the exposure. NaN when x or y is NaN. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.source.raerr IS 'Standard error of ra as an angle on the sky, that is times cos(dec), from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.ra)';

COMMENT ON COLUMN catalog.source.decerr IS 'Standard error of dec, from xErr and yErr only; the error of the image coordinates as a whole is in visit_detector. NaN when not known. [deg] (stat.error;pos.eq.dec)';

COMMENT ON COLUMN catalog.source.ra_dec_cov IS 'Covariance of ra and dec as angles on the sky; the companion of raErr and decErr. NaN when not known. [deg**2] (stat.covariance;pos.eq.ra;pos.eq.dec)';

COMMENT ON COLUMN catalog.source.psfflux IS 'Flux of the best fit of the PSF model at the centroid, AB scale. NaN when the fit failed or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.psffluxerr IS 'Standard error of psfFlux, from the noise of the pixels; without the error of the zero point. NaN where psfFlux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.psfflux_instflux IS 'Flux of the best fit of the PSF model at the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.source.psfflux_instfluxerr IS 'Standard error of psfFlux_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the fit failed. [count] (stat.error;phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.source.psfflux_chi2 IS 'Chi-square of the PSF fit per degree of freedom; near 1 for an isolated star. NaN when the fit failed. [dimensionless] (stat.fit.chi2)';

COMMENT ON COLUMN catalog.source.psfflux_flag IS 'True when the PSF flux is not to be trusted, for whatever reason. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.psfflux_flag_edge IS 'True when the source is too close to the border for the whole PSF model to lie on the image. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.psfflux_flag_nogoodpixels IS 'True when too few good pixels lie under the PSF model to fit it. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ap03flux IS 'Flux within 3 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap03fluxerr IS 'Standard error of ap03Flux, from the noise of the pixels; without the error of the zero point. NaN where ap03Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap03flux_flag IS 'True when the flux within 3 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ap06flux IS 'Flux within 6 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap06fluxerr IS 'Standard error of ap06Flux, from the noise of the pixels; without the error of the zero point. NaN where ap06Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap06flux_flag IS 'True when the flux within 6 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ap09flux IS 'Flux within 9 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap09fluxerr IS 'Standard error of ap09Flux, from the noise of the pixels; without the error of the zero point. NaN where ap09Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap09flux_flag IS 'True when the flux within 9 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ap12flux IS 'Flux within 12 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap12fluxerr IS 'Standard error of ap12Flux, from the noise of the pixels; without the error of the zero point. NaN where ap12Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap12flux_flag IS 'True when the flux within 12 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.ap17flux IS 'Flux within 17 pixels of the centroid, local background subtracted, not corrected for the light outside, AB scale. NaN when the aperture could not be measured or the image has no zero point. [nJy] (phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap17fluxerr IS 'Standard error of ap17Flux, from the noise of the pixels; without the error of the zero point. NaN where ap17Flux is NaN. [nJy] (stat.error;phot.flux.density;em.opt)';

COMMENT ON COLUMN catalog.source.ap17flux_flag IS 'True when the flux within 17 pixels is not to be trusted, e.g. because the aperture leaves the image or holds bad pixels. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.apflux_12_0_instflux IS 'Flux within 12 pixels of the centroid, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.source.apflux_12_0_instfluxerr IS 'Standard error of apFlux_12_0_instFlux from the noise of the pixels, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when it could not be measured. [count] (stat.error;phot.count;stat.uncalib)';

COMMENT ON COLUMN catalog.source.sky IS 'Background per pixel at the centroid, from the background model of the image, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (instr.skyLevel)';

COMMENT ON COLUMN catalog.source.skyerr IS 'Rms of the pixels about the background model at the centroid (not the error of sky), in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when the centroid failed. [count] (stat.rms;instr.skyLevel)';

COMMENT ON COLUMN catalog.source.footprintarea_value IS 'Number of connected pixels above the threshold that make the detection. [pixel] (meta.number;instr.pixel)';

COMMENT ON COLUMN catalog.source.centroid_flag IS 'True when the centroid is not to be trusted; x and y are then the peak pixel or NaN. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_bad IS 'True when a pixel of the detection is bad (a defect of the detector). (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_cr IS 'True when a pixel of the detection was hit by a cosmic ray. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_edge IS 'True when a pixel of the detection lies in the unusable border of the image. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_interpolated IS 'True when a pixel of the detection was interpolated from its neighbors. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_nodata IS 'True when a pixel of the detection has no data. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_saturated IS 'True when a pixel of the detection is saturated. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_saturatedcenter IS 'True when a pixel at the centroid is saturated. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.pixelflags_suspect IS 'True when a pixel of the detection is near saturation, where the response is not well known. (meta.code.qual)';

COMMENT ON COLUMN catalog.source.calib_psf_candidate IS 'True when this source was selected as a star for the PSF model, before outliers were rejected. (meta.code.member)';

COMMENT ON COLUMN catalog.source.calib_psf_used IS 'True when this source entered the final fit of the PSF model. (meta.code.member)';

COMMENT ON COLUMN catalog.source.calib_astrometry_used IS 'True when this source entered the final fit of the image coordinates. (meta.code.member)';

COMMENT ON COLUMN catalog.source.calib_photometry_used IS 'True when this source entered the final fit of the zero point. (meta.code.member)';

COMMENT ON COLUMN catalog.source._healpix_29 IS 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';

CREATE TABLE catalog.visit (
	dataset_id BIGINT NOT NULL,
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	physical_filter TEXT NOT NULL,
	band TEXT NOT NULL,
	day_obs INTEGER NOT NULL,
	ra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	dec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	skyrotation DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	azimuth DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	altitude DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	zenithdistance DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	airmass DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	exptime DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	expmidptmjd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	obsstartmjd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	expmidpt TIMESTAMP WITH TIME ZONE NOT NULL,
	obsstart TIMESTAMP WITH TIME ZONE NOT NULL,
	target_name TEXT NOT NULL,
	science_program TEXT NOT NULL,
	CONSTRAINT visit_pkey PRIMARY KEY (instrument, visit)
);

CREATE INDEX visit_dataset_idx ON catalog.visit (dataset_id);

CREATE INDEX visit_day_obs_idx ON catalog.visit (day_obs);

COMMENT ON TABLE catalog.visit IS 'Visits: one pointing of the telescope each, as the headers of the raw exposures tell. Names follow Visit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.visit.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.visit.instrument IS 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';

COMMENT ON COLUMN catalog.visit.visit IS 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.visit.physical_filter IS 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.visit.band IS 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';

COMMENT ON COLUMN catalog.visit.day_obs IS 'Observing night as the instrument counts it, written as the number YYYYMMDD. (meta.id;time.epoch)';

COMMENT ON COLUMN catalog.visit.ra IS 'Right ascension of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.visit.dec IS 'Declination of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.visit.skyrotation IS 'Position angle of the +y axis of the focal plane, from north through east. NaN when not known. [deg] (pos.posAng)';

COMMENT ON COLUMN catalog.visit.azimuth IS 'Azimuth of the center of the focal plane in the middle of the visit, from north through east. NaN when not known. [deg] (pos.az.azi)';

COMMENT ON COLUMN catalog.visit.altitude IS 'Altitude of the center of the focal plane in the middle of the visit, without refraction. NaN when not known. [deg] (pos.az.alt)';

COMMENT ON COLUMN catalog.visit.zenithdistance IS 'Zenith distance of the center of the focal plane in the middle of the visit: 90 - altitude. NaN when not known. [deg] (pos.az.zd)';

COMMENT ON COLUMN catalog.visit.airmass IS 'Airmass at the center of the focal plane in the middle of the visit. NaN when not known. [dimensionless] (obs.airMass)';

COMMENT ON COLUMN catalog.visit.exptime IS 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';

COMMENT ON COLUMN catalog.visit.expmidptmjd IS 'Middle of the visit, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.visit.obsstartmjd IS 'Start of the visit, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';

COMMENT ON COLUMN catalog.visit.expmidpt IS 'Middle of the visit as a calendar date, in UTC; expMidptMJD is the exact time, in TAI. (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.visit.obsstart IS 'Start of the visit as a calendar date, in UTC; obsStartMJD is the exact time, in TAI. (time.start;obs.exposure)';

COMMENT ON COLUMN catalog.visit.target_name IS 'Name of the target or field, as the observer wrote it; empty when there is none. (meta.id;obs.field)';

COMMENT ON COLUMN catalog.visit.science_program IS 'Observing program that the visit belongs to; empty when there is none. (meta.id;obs.proposal)';

CREATE TABLE catalog.visit_detector (
	load_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	detector INTEGER NOT NULL,
	physical_filter TEXT NOT NULL,
	band TEXT NOT NULL,
	ra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	dec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	pixelscale REAL DEFAULT 'NaN' NOT NULL,
	exptime DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	expmidptmjd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	obsstartmjd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	xsize INTEGER NOT NULL,
	ysize INTEGER NOT NULL,
	llcra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	llcdec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ulcra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	ulcdec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	urcra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	urcdec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	lrcra DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	lrcdec DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	pixelunit TEXT NOT NULL,
	zeropoint REAL DEFAULT 'NaN' NOT NULL,
	zeropointerr REAL DEFAULT 'NaN' NOT NULL,
	zeropointscatter REAL DEFAULT 'NaN' NOT NULL,
	nphotometrystar INTEGER NOT NULL,
	photometry_flag_fewstandards BOOLEAN NOT NULL,
	photometry_flag_fromheader BOOLEAN NOT NULL,
	astromoffsetmean DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	astromoffsetstd DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	astromrarms DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	astromdecrms DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	nastrometrystar INTEGER NOT NULL,
	astrometry_flag_fewstandards BOOLEAN NOT NULL,
	astrometry_flag_noreference BOOLEAN NOT NULL,
	psfsigma REAL DEFAULT 'NaN' NOT NULL,
	seeing DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	psffwhm REAL DEFAULT 'NaN' NOT NULL,
	psfe1 REAL DEFAULT 'NaN' NOT NULL,
	psfe2 REAL DEFAULT 'NaN' NOT NULL,
	npsfstar INTEGER NOT NULL,
	psf_flag_fewstars BOOLEAN NOT NULL,
	skybg REAL DEFAULT 'NaN' NOT NULL,
	skynoise REAL DEFAULT 'NaN' NOT NULL,
	maglim DOUBLE PRECISION DEFAULT 'NaN' NOT NULL,
	nsource INTEGER NOT NULL,
	_healpix_29 BIGINT NOT NULL
)
 PARTITION BY LIST (load_id);

CREATE INDEX visit_detector_dataset_idx ON catalog.visit_detector (dataset_id);

CREATE INDEX visit_detector_healpix_idx ON catalog.visit_detector (_healpix_29);

CREATE UNIQUE INDEX visit_detector_once_key ON catalog.visit_detector (visit, detector, instrument, dataset_id, load_id);

COMMENT ON TABLE catalog.visit_detector IS 'Calibrated detector images: where each one lies on the sky, and how good its coordinates, photometry, PSF and background are. Names follow CcdVisit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';

COMMENT ON COLUMN catalog.visit_detector.load_id IS 'Load that brought the row; ingest.load. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.visit_detector.dataset_id IS 'Dataset that the row is of; registry.dataset. Only in SQL. (meta.id)';

COMMENT ON COLUMN catalog.visit_detector.instrument IS 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';

COMMENT ON COLUMN catalog.visit_detector.visit IS 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.visit_detector.detector IS 'Number of the detector in the focal plane, unique within the instrument. (meta.id;obs.image)';

COMMENT ON COLUMN catalog.visit_detector.physical_filter IS 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';

COMMENT ON COLUMN catalog.visit_detector.band IS 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';

COMMENT ON COLUMN catalog.visit_detector.ra IS 'Right ascension of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.ra;meta.main)';

COMMENT ON COLUMN catalog.visit_detector.dec IS 'Declination of the center of the image, ICRS. NaN when the image has no coordinates. [deg] (pos.eq.dec;meta.main)';

COMMENT ON COLUMN catalog.visit_detector.pixelscale IS 'Side of a square with the area of the central pixel on the sky. NaN when the image has no coordinates. [arcsec/pixel] (instr.scale;instr.pixel)';

COMMENT ON COLUMN catalog.visit_detector.exptime IS 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';

COMMENT ON COLUMN catalog.visit_detector.expmidptmjd IS 'Middle of the exposure, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';

COMMENT ON COLUMN catalog.visit_detector.obsstartmjd IS 'Start of the exposure, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';

COMMENT ON COLUMN catalog.visit_detector.xsize IS 'Number of columns of the image. [pixel] (pos.wcs.naxis)';

COMMENT ON COLUMN catalog.visit_detector.ysize IS 'Number of rows of the image. [pixel] (pos.wcs.naxis)';

COMMENT ON COLUMN catalog.visit_detector.llcra IS 'Right ascension, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.llcdec IS 'Declination, ICRS, of the outer corner of the first column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.ulcra IS 'Right ascension, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.ulcdec IS 'Declination, ICRS, of the outer corner of the first column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.urcra IS 'Right ascension, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.urcdec IS 'Declination, ICRS, of the outer corner of the last column, last row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.lrcra IS 'Right ascension, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.ra;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.lrcdec IS 'Declination, ICRS, of the outer corner of the last column, first row pixel. NaN when the image has no coordinates. [deg] (pos.eq.dec;pos.outline)';

COMMENT ON COLUMN catalog.visit_detector.pixelunit IS 'Unit of the pixels of the calibrated image, e.g. adu/s; the unit count of instrumental columns stands for it. (meta.unit)';

COMMENT ON COLUMN catalog.visit_detector.zeropoint IS 'AB magnitude of a source whose flux is one pixel unit. NaN when the image has no zero point. [mag] (arith.zp;phot.mag)';

COMMENT ON COLUMN catalog.visit_detector.zeropointerr IS 'Standard error of zeroPoint, from the scatter of the standard stars. NaN when the zero point is not measured on them. [mag] (stat.error;arith.zp;phot.mag)';

COMMENT ON COLUMN catalog.visit_detector.zeropointscatter IS 'Rms of the standard stars about the zero point, outliers rejected. NaN when the zero point is not measured on them. [mag] (stat.rms;phot.mag)';

COMMENT ON COLUMN catalog.visit_detector.nphotometrystar IS 'Number of standard stars in the final fit of the zero point. [dimensionless] (meta.number;src.calib)';

COMMENT ON COLUMN catalog.visit_detector.photometry_flag_fewstandards IS 'True when too few standard stars were found to measure the zero point. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.photometry_flag_fromheader IS 'True when the zero point was taken over from the header of the image. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.astromoffsetmean IS 'Mean separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (pos.angDistance;stat.mean)';

COMMENT ON COLUMN catalog.visit_detector.astromoffsetstd IS 'Standard deviation of the separation of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.stdev;pos.angDistance)';

COMMENT ON COLUMN catalog.visit_detector.astromrarms IS 'Rms about zero of the offsets in right ascension, as angles on the sky, of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.ra)';

COMMENT ON COLUMN catalog.visit_detector.astromdecrms IS 'Rms about zero of the offsets in declination of the fitted stars from the reference catalog. NaN when too few stars were matched. [arcsec] (stat.rms;pos.eq.dec)';

COMMENT ON COLUMN catalog.visit_detector.nastrometrystar IS 'Number of reference stars in the final fit of the image coordinates. [dimensionless] (meta.number;src.calib)';

COMMENT ON COLUMN catalog.visit_detector.astrometry_flag_fewstandards IS 'True when fewer than 5 reference stars were found; the coordinates are then those of the header. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.astrometry_flag_noreference IS 'True when no reference catalog covers the image; the coordinates are then those of the header. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.psfsigma IS 'Determinant radius (fourth root of the determinant of the second moments) of the PSF model at the center of the image. NaN when there is no PSF model. [pixel] (instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.seeing IS 'Full width at half maximum of the PSF: psfFwhm times pixelScale. NaN when there is no PSF model or no coordinates. [arcsec] (instr.obsty.seeing)';

COMMENT ON COLUMN catalog.visit_detector.psffwhm IS 'Full width at half maximum of a two-dimensional Gaussian fitted to the stars. NaN when there are no stars. [pixel] (instr.det.psf;stat.fwhm)';

COMMENT ON COLUMN catalog.visit_detector.psfe1 IS 'Ellipticity of the PSF model along the pixel axes, distortion convention: (Ixx - Iyy) / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.psfe2 IS 'Ellipticity of the PSF model along the diagonals, distortion convention: 2 Ixy / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';

COMMENT ON COLUMN catalog.visit_detector.npsfstar IS 'Number of stars in the final fit of the PSF model. [dimensionless] (meta.number;src.calib)';

COMMENT ON COLUMN catalog.visit_detector.psf_flag_fewstars IS 'True when too few stars were found to model the PSF. (meta.code.qual)';

COMMENT ON COLUMN catalog.visit_detector.skybg IS 'Average of the background model per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (instr.skyLevel)';

COMMENT ON COLUMN catalog.visit_detector.skynoise IS 'Rms of a pixel about the background model, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (stat.rms;instr.skyLevel)';

COMMENT ON COLUMN catalog.visit_detector.maglim IS 'AB magnitude of a point source whose PSF flux is 5 times its error, from skyNoise and the PSF. NaN when the image has no zero point or no PSF model. [mag] (instr.sensitivity;phot.mag)';

COMMENT ON COLUMN catalog.visit_detector.nsource IS 'Number of rows that the image has in the source catalog. [dimensionless] (meta.number;src)';

COMMENT ON COLUMN catalog.visit_detector._healpix_29 IS 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';

CREATE TABLE quality.metric (
	metric_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	unit TEXT NOT NULL,
	description TEXT NOT NULL,
	CONSTRAINT metric_pkey PRIMARY KEY (metric_id),
	CONSTRAINT metric_name_key UNIQUE (name)
);

COMMENT ON TABLE quality.metric IS 'Definitions of metrics; a task declares its own.';

COMMENT ON COLUMN quality.metric.metric_id IS 'Surrogate key.';

COMMENT ON COLUMN quality.metric.name IS 'Name: task and quantity, e.g. calibrate.seeing.';

COMMENT ON COLUMN quality.metric.unit IS 'Unit, in the FITS standard''s words; empty when dimensionless.';

COMMENT ON COLUMN quality.metric.description IS 'What it says, in one sentence.';

CREATE TABLE registry.artifact (
	artifact_id BIGINT GENERATED ALWAYS AS IDENTITY,
	content_digest BYTEA NOT NULL CONSTRAINT artifact_content_digest_is_sha256 CHECK (octet_length(content_digest) = 32),
	path TEXT NOT NULL,
	part TEXT DEFAULT '' NOT NULL,
	file_digest BYTEA NOT NULL CONSTRAINT artifact_file_digest_is_sha256 CHECK (octet_length(file_digest) = 32),
	n_bytes BIGINT NOT NULL,
	state TEXT DEFAULT 'present' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT artifact_pkey PRIMARY KEY (artifact_id),
	CONSTRAINT artifact_path_part_content_digest_key UNIQUE (path, part, content_digest),
	CONSTRAINT artifact_state_known CHECK (state in ('present', 'missing', 'corrupt', 'deleting', 'deleted'))
);

CREATE INDEX artifact_content_digest_idx ON registry.artifact (content_digest) WHERE state = 'present';

COMMENT ON TABLE registry.artifact IS 'Files in the store.';

COMMENT ON COLUMN registry.artifact.artifact_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.artifact.content_digest IS 'Logical content: datasets with equal content share the file.';

COMMENT ON COLUMN registry.artifact.path IS 'Path below the root of the store.';

COMMENT ON COLUMN registry.artifact.part IS 'HDU within the file; empty for the whole.';

COMMENT ON COLUMN registry.artifact.file_digest IS 'SHA-256 of the bytes of the file.';

COMMENT ON COLUMN registry.artifact.n_bytes IS 'Size of the file [byte].';

COMMENT ON COLUMN registry.artifact.state IS 'present, missing, corrupt, deleting or deleted.';

COMMENT ON COLUMN registry.artifact.created_at IS 'When the file was put there.';

CREATE TABLE registry.collection (
	collection_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	doc TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	sealed_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT collection_pkey PRIMARY KEY (collection_id),
	CONSTRAINT collection_kind_known CHECK (kind in ('run', 'tagged', 'chained', 'calibration')),
	CONSTRAINT collection_name_key UNIQUE (name)
);

COMMENT ON TABLE registry.collection IS 'Named sets of datasets.';

COMMENT ON COLUMN registry.collection.collection_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.collection.name IS 'Name, e.g. DECam/raw.';

COMMENT ON COLUMN registry.collection.kind IS 'run, tagged, chained or calibration.';

COMMENT ON COLUMN registry.collection.doc IS 'What it is for, in one sentence.';

COMMENT ON COLUMN registry.collection.created_at IS 'When it was made.';

COMMENT ON COLUMN registry.collection.sealed_at IS 'When its membership was frozen; NULL while open.';

CREATE TABLE registry.config (
	config_id INTEGER GENERATED ALWAYS AS IDENTITY,
	digest BYTEA NOT NULL CONSTRAINT config_digest_is_sha256 CHECK (octet_length(digest) = 32),
	body JSONB NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT config_pkey PRIMARY KEY (config_id),
	CONSTRAINT config_digest_key UNIQUE (digest)
);

COMMENT ON TABLE registry.config IS 'Distinct task configurations.';

COMMENT ON COLUMN registry.config.config_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.config.digest IS 'SHA-256 of the canonical JSON of `body`.';

COMMENT ON COLUMN registry.config.body IS 'Every field that changes the result, with its value.';

COMMENT ON COLUMN registry.config.created_at IS 'When the configuration was first used.';

CREATE TABLE registry.dataset_type (
	dataset_type_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	dimensions TEXT[] NOT NULL,
	storage_class TEXT NOT NULL,
	CONSTRAINT dataset_type_pkey PRIMARY KEY (dataset_type_id),
	CONSTRAINT dataset_type_storage_class_known CHECK (storage_class in ('file', 'image', 'table', 'json')),
	CONSTRAINT dataset_type_name_key UNIQUE (name)
);

COMMENT ON TABLE registry.dataset_type IS 'Dataset types; name, dimensions and storage class never change.';

COMMENT ON COLUMN registry.dataset_type.dataset_type_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.dataset_type.name IS 'Name, e.g. visit_image.';

COMMENT ON COLUMN registry.dataset_type.dimensions IS 'Dimensions of its coordinates, sorted.';

COMMENT ON COLUMN registry.dataset_type.storage_class IS 'How bytes become an object: file, image, table or json.';

CREATE TABLE registry.instrument (
	instrument TEXT NOT NULL,
	description TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT instrument_pkey PRIMARY KEY (instrument)
);

COMMENT ON TABLE registry.instrument IS 'Instruments that have sent at least one file.';

COMMENT ON COLUMN registry.instrument.instrument IS 'Name of the instrument, e.g. DECam.';

COMMENT ON COLUMN registry.instrument.description IS 'Camera, telescope and site in one sentence.';

COMMENT ON COLUMN registry.instrument.created_at IS 'When the instrument was registered.';

CREATE TABLE registry.role (
	role_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	CONSTRAINT role_pkey PRIMARY KEY (role_id),
	CONSTRAINT role_name_key UNIQUE (name)
);

COMMENT ON TABLE registry.role IS 'Names of task inputs.';

COMMENT ON COLUMN registry.role.role_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.role.name IS 'Name of the input in the task, e.g. image.';

CREATE TABLE registry.software (
	software_id INTEGER GENERATED ALWAYS AS IDENTITY,
	digest BYTEA NOT NULL CONSTRAINT software_digest_is_sha256 CHECK (octet_length(digest) = 32),
	packages JSONB NOT NULL,
	compatibility_class TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT software_pkey PRIMARY KEY (software_id),
	CONSTRAINT software_digest_key UNIQUE (digest)
);

COMMENT ON TABLE registry.software IS 'Distinct software environments.';

COMMENT ON COLUMN registry.software.software_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.software.digest IS 'SHA-256 of the canonical JSON of `packages`.';

COMMENT ON COLUMN registry.software.packages IS 'Python, platform and the version of every installed distribution.';

COMMENT ON COLUMN registry.software.compatibility_class IS 'Environments declared bit-compatible share a class; it enters the provenance hash.';

COMMENT ON COLUMN registry.software.created_at IS 'When the environment was first seen.';

CREATE TABLE registry.task (
	task_id INTEGER GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	CONSTRAINT task_pkey PRIMARY KEY (task_id),
	CONSTRAINT task_name_key UNIQUE (name)
);

COMMENT ON TABLE registry.task IS 'Tasks that have been planned or executed at least once.';

COMMENT ON COLUMN registry.task.task_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.task.name IS 'Name of the task.';

CREATE TABLE work.resolver (
	one BOOLEAN DEFAULT true NOT NULL CONSTRAINT resolver_one_row CHECK (one),
	CONSTRAINT resolver_pkey PRIMARY KEY (one)
);

COMMENT ON TABLE work.resolver IS 'One row; who locks it may change `unmet` and virtual times.';

COMMENT ON COLUMN work.resolver.one IS 'Always true.';

CREATE TABLE registry.collection_chain (
	parent INTEGER NOT NULL,
	position SMALLINT NOT NULL,
	child INTEGER NOT NULL,
	CONSTRAINT collection_chain_pkey PRIMARY KEY (parent, position),
	CONSTRAINT collection_chain_parent_child_key UNIQUE (parent, child),
	CONSTRAINT collection_chain_no_self CHECK (parent <> child),
	CONSTRAINT collection_chain_parent_fkey FOREIGN KEY(parent) REFERENCES registry.collection (collection_id),
	CONSTRAINT collection_chain_child_fkey FOREIGN KEY(child) REFERENCES registry.collection (collection_id)
);

COMMENT ON TABLE registry.collection_chain IS 'Search order of chained collections.';

COMMENT ON COLUMN registry.collection_chain.parent IS 'Chained collection.';

COMMENT ON COLUMN registry.collection_chain.position IS 'Place in the search order, from 0.';

COMMENT ON COLUMN registry.collection_chain.child IS 'Collection searched there.';

CREATE TABLE registry.detector (
	instrument TEXT NOT NULL,
	detector SMALLINT NOT NULL,
	name TEXT NOT NULL,
	purpose TEXT NOT NULL,
	nx INTEGER NOT NULL,
	ny INTEGER NOT NULL,
	CONSTRAINT detector_pkey PRIMARY KEY (instrument, detector),
	CONSTRAINT detector_instrument_name_key UNIQUE (instrument, name),
	CONSTRAINT detector_instrument_fkey FOREIGN KEY(instrument) REFERENCES registry.instrument (instrument)
);

COMMENT ON TABLE registry.detector IS 'Detectors of each instrument.';

COMMENT ON COLUMN registry.detector.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.detector.detector IS 'Number of the detector.';

COMMENT ON COLUMN registry.detector.name IS 'Name of the detector in the camera''s own words, e.g. N4.';

COMMENT ON COLUMN registry.detector.purpose IS 'science, guider, focus or wavefront.';

COMMENT ON COLUMN registry.detector.nx IS 'Columns of the whole detector [pixel].';

COMMENT ON COLUMN registry.detector.ny IS 'Rows of the whole detector [pixel].';

CREATE TABLE registry.physical_filter (
	instrument TEXT NOT NULL,
	physical_filter TEXT NOT NULL,
	band TEXT NOT NULL,
	CONSTRAINT physical_filter_pkey PRIMARY KEY (instrument, physical_filter),
	CONSTRAINT physical_filter_instrument_fkey FOREIGN KEY(instrument) REFERENCES registry.instrument (instrument)
);

COMMENT ON TABLE registry.physical_filter IS 'Filters of each instrument and their bands.';

COMMENT ON COLUMN registry.physical_filter.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.physical_filter.physical_filter IS 'Name of the filter in the camera''s own words.';

COMMENT ON COLUMN registry.physical_filter.band IS 'Abstract band, e.g. g; shared by instruments.';

CREATE TABLE registry.run (
	run_id INTEGER NOT NULL,
	pipeline TEXT NOT NULL,
	plan_digest BYTEA NOT NULL CONSTRAINT run_plan_digest_is_sha256 CHECK (octet_length(plan_digest) = 32),
	submitted_by TEXT DEFAULT current_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT run_pkey PRIMARY KEY (run_id),
	CONSTRAINT run_run_id_fkey FOREIGN KEY(run_id) REFERENCES registry.collection (collection_id)
);

COMMENT ON TABLE registry.run IS 'Runs; a reprocessing is a new run.';

COMMENT ON COLUMN registry.run.run_id IS 'The run''s collection.';

COMMENT ON COLUMN registry.run.pipeline IS 'Name of the pipeline; `ingest` for what comes from outside.';

COMMENT ON COLUMN registry.run.plan_digest IS 'SHA-256 of the sorted provenance hashes: the same plan is the same run.';

COMMENT ON COLUMN registry.run.submitted_by IS 'Database user that planned it.';

COMMENT ON COLUMN registry.run.created_at IS 'When it was planned.';

CREATE TABLE registry.task_version (
	task_version_id INTEGER GENERATED ALWAYS AS IDENTITY,
	task_id INTEGER NOT NULL,
	code_digest BYTEA NOT NULL CONSTRAINT task_version_code_digest_is_sha256 CHECK (octet_length(code_digest) = 32),
	git_commit TEXT NOT NULL,
	git_dirty BOOLEAN NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT task_version_pkey PRIMARY KEY (task_version_id),
	CONSTRAINT task_version_task_id_code_digest_key UNIQUE (task_id, code_digest),
	CONSTRAINT task_version_task_id_fkey FOREIGN KEY(task_id) REFERENCES registry.task (task_id)
);

COMMENT ON TABLE registry.task_version IS 'Distinct codes of each task.';

COMMENT ON COLUMN registry.task_version.task_version_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.task_version.task_id IS 'Task.';

COMMENT ON COLUMN registry.task_version.code_digest IS 'SHA-256 of the normalised syntax trees of the task''s modules; comments do not count.';

COMMENT ON COLUMN registry.task_version.git_commit IS 'Commit when this code was first seen; empty outside a checkout.';

COMMENT ON COLUMN registry.task_version.git_dirty IS 'Whether the checkout had uncommitted changes then.';

COMMENT ON COLUMN registry.task_version.created_at IS 'When this code was first planned.';

CREATE TABLE work.worker (
	worker_id BIGINT GENERATED ALWAYS AS IDENTITY,
	host TEXT NOT NULL,
	pid INTEGER NOT NULL,
	software_id INTEGER NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	last_seen TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	stopped_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT worker_pkey PRIMARY KEY (worker_id),
	CONSTRAINT worker_software_id_fkey FOREIGN KEY(software_id) REFERENCES registry.software (software_id)
)
 WITH (fillfactor = 50);

COMMENT ON TABLE work.worker IS 'One row per worker process.';

COMMENT ON COLUMN work.worker.worker_id IS 'Surrogate key; never used again, so that a dead worker cannot look alive.';

COMMENT ON COLUMN work.worker.host IS 'Host name.';

COMMENT ON COLUMN work.worker.pid IS 'Process id on that host.';

COMMENT ON COLUMN work.worker.software_id IS 'Environment.';

COMMENT ON COLUMN work.worker.started_at IS 'When it began.';

COMMENT ON COLUMN work.worker.last_seen IS 'Last heartbeat.';

COMMENT ON COLUMN work.worker.stopped_at IS 'When it ended, as far as known.';

CREATE TABLE ingest.load (
	load_id BIGINT GENERATED ALWAYS AS IDENTITY,
	target TEXT NOT NULL,
	run_id INTEGER NOT NULL,
	manifest_digest BYTEA NOT NULL CONSTRAINT load_manifest_digest_is_sha256 CHECK (octet_length(manifest_digest) = 32),
	definition_digest BYTEA NOT NULL CONSTRAINT load_definition_digest_is_sha256 CHECK (octet_length(definition_digest) = 32),
	state TEXT DEFAULT 'open' NOT NULL,
	staged TEXT,
	n_rows BIGINT,
	footprint INT8MULTIRANGE,
	opened_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	published_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT load_pkey PRIMARY KEY (load_id),
	CONSTRAINT load_state_known CHECK (state in ('open', 'published')),
	CONSTRAINT load_published_is_whole CHECK (state <> 'published' or (staged is not null and n_rows is not null)),
	CONSTRAINT load_run_id_fkey FOREIGN KEY(run_id) REFERENCES registry.run (run_id)
);

CREATE INDEX load_footprint_idx ON ingest.load USING gist (footprint);

CREATE UNIQUE INDEX load_once_key ON ingest.load (target, manifest_digest);

COMMENT ON TABLE ingest.load IS 'One load is one night or one run per table, and one partition.';

COMMENT ON COLUMN ingest.load.load_id IS 'Surrogate key; the partition key of the catalog tables.';

COMMENT ON COLUMN ingest.load.target IS 'Catalog table, e.g. source.';

COMMENT ON COLUMN ingest.load.run_id IS 'Run that loads.';

COMMENT ON COLUMN ingest.load.manifest_digest IS 'SHA-256 of the target and the sorted dataset uids.';

COMMENT ON COLUMN ingest.load.definition_digest IS 'SHA-256 of the column definitions that the rows follow.';

COMMENT ON COLUMN ingest.load.state IS 'open or published.';

COMMENT ON COLUMN ingest.load.staged IS 'Table that the last stager of this load made; named with its token.';

COMMENT ON COLUMN ingest.load.n_rows IS 'Rows, counted by verify.';

COMMENT ON COLUMN ingest.load.footprint IS 'Where on the sky its rows lie: ranges of nested HEALPix pixels of order 29.';

COMMENT ON COLUMN ingest.load.opened_at IS 'When it was opened.';

COMMENT ON COLUMN ingest.load.published_at IS 'When its rows became visible.';

CREATE TABLE registry.visit (
	instrument TEXT NOT NULL,
	visit BIGINT NOT NULL,
	physical_filter TEXT NOT NULL,
	day_obs INTEGER NOT NULL,
	CONSTRAINT visit_pkey PRIMARY KEY (instrument, visit),
	CONSTRAINT visit_instrument_physical_filter_fkey FOREIGN KEY(instrument, physical_filter) REFERENCES registry.physical_filter (instrument, physical_filter)
);

COMMENT ON TABLE registry.visit IS 'Identity of visits; what was observed is in catalog.visit.';

COMMENT ON COLUMN registry.visit.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.visit.visit IS 'Visit id, unique per instrument.';

COMMENT ON COLUMN registry.visit.physical_filter IS 'Filter in the beam.';

COMMENT ON COLUMN registry.visit.day_obs IS 'Observing night, YYYYMMDD.';

CREATE TABLE work.share (
	run_id INTEGER NOT NULL,
	weight DOUBLE PRECISION DEFAULT 1 NOT NULL,
	vtime DOUBLE PRECISION DEFAULT 0 NOT NULL,
	CONSTRAINT share_pkey PRIMARY KEY (run_id),
	CONSTRAINT share_weight_positive CHECK (weight > 0),
	CONSTRAINT share_run_id_fkey FOREIGN KEY(run_id) REFERENCES registry.run (run_id)
);

COMMENT ON TABLE work.share IS 'Weighted fair share between runs (start-time fair queueing).';

COMMENT ON COLUMN work.share.run_id IS 'Run.';

COMMENT ON COLUMN work.share.weight IS 'Share of the workers against other runs.';

COMMENT ON COLUMN work.share.vtime IS 'Virtual time of the last unit made ready.';

CREATE TABLE registry.exposure (
	instrument TEXT NOT NULL,
	exposure BIGINT NOT NULL,
	visit BIGINT NOT NULL,
	physical_filter TEXT NOT NULL,
	day_obs INTEGER NOT NULL,
	obs_start_mjd_tai DOUBLE PRECISION NOT NULL,
	exp_time DOUBLE PRECISION NOT NULL,
	CONSTRAINT exposure_pkey PRIMARY KEY (instrument, exposure),
	CONSTRAINT exposure_instrument_visit_fkey FOREIGN KEY(instrument, visit) REFERENCES registry.visit (instrument, visit),
	CONSTRAINT exposure_instrument_physical_filter_fkey FOREIGN KEY(instrument, physical_filter) REFERENCES registry.physical_filter (instrument, physical_filter)
);

COMMENT ON TABLE registry.exposure IS 'Exposures of each instrument.';

COMMENT ON COLUMN registry.exposure.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.exposure.exposure IS 'Exposure id, unique per instrument.';

COMMENT ON COLUMN registry.exposure.visit IS 'Visit that this exposure belongs to.';

COMMENT ON COLUMN registry.exposure.physical_filter IS 'Filter in the beam.';

COMMENT ON COLUMN registry.exposure.day_obs IS 'Observing night, YYYYMMDD.';

COMMENT ON COLUMN registry.exposure.obs_start_mjd_tai IS 'Opening of the shutter, MJD (TAI) [d].';

COMMENT ON COLUMN registry.exposure.exp_time IS 'Exposure time [s].';

CREATE TABLE registry.coordinate (
	coordinate_id BIGINT GENERATED ALWAYS AS IDENTITY,
	digest BYTEA NOT NULL CONSTRAINT coordinate_digest_is_sha256 CHECK (octet_length(digest) = 32),
	instrument TEXT,
	detector SMALLINT,
	physical_filter TEXT,
	band TEXT,
	day_obs INTEGER,
	exposure BIGINT,
	visit BIGINT,
	skymap TEXT,
	tract INTEGER,
	patch INTEGER,
	cell INTEGER,
	subfilter SMALLINT,
	healpix BIGINT,
	CONSTRAINT coordinate_pkey PRIMARY KEY (coordinate_id),
	CONSTRAINT coordinate_dimensions_key UNIQUE NULLS NOT DISTINCT (instrument, detector, physical_filter, band, day_obs, exposure, visit, skymap, tract, patch, cell, subfilter, healpix),
	CONSTRAINT coordinate_instrument_fkey FOREIGN KEY(instrument) REFERENCES registry.instrument (instrument),
	CONSTRAINT coordinate_instrument_detector_fkey FOREIGN KEY(instrument, detector) REFERENCES registry.detector (instrument, detector),
	CONSTRAINT coordinate_instrument_exposure_fkey FOREIGN KEY(instrument, exposure) REFERENCES registry.exposure (instrument, exposure),
	CONSTRAINT coordinate_instrument_visit_fkey FOREIGN KEY(instrument, visit) REFERENCES registry.visit (instrument, visit),
	CONSTRAINT coordinate_instrument_physical_filter_fkey FOREIGN KEY(instrument, physical_filter) REFERENCES registry.physical_filter (instrument, physical_filter),
	CONSTRAINT coordinate_digest_key UNIQUE (digest)
);

CREATE INDEX coordinate_exposure_idx ON registry.coordinate (instrument, exposure, detector);

COMMENT ON TABLE registry.coordinate IS 'One row per distinct data ID, shared by all dataset types and runs; absent dimensions are NULL.';

COMMENT ON COLUMN registry.coordinate.coordinate_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.coordinate.digest IS 'SHA-256 of the canonical JSON of the dimensions that are present.';

COMMENT ON COLUMN registry.coordinate.instrument IS 'Instrument.';

COMMENT ON COLUMN registry.coordinate.detector IS 'Number of the detector.';

COMMENT ON COLUMN registry.coordinate.physical_filter IS 'Filter in the camera''s own words.';

COMMENT ON COLUMN registry.coordinate.band IS 'Abstract band.';

COMMENT ON COLUMN registry.coordinate.day_obs IS 'Observing night, YYYYMMDD.';

COMMENT ON COLUMN registry.coordinate.exposure IS 'Exposure id.';

COMMENT ON COLUMN registry.coordinate.visit IS 'Visit id.';

COMMENT ON COLUMN registry.coordinate.skymap IS 'Name of the skymap.';

COMMENT ON COLUMN registry.coordinate.tract IS 'Tract of the skymap.';

COMMENT ON COLUMN registry.coordinate.patch IS 'Patch of the tract.';

COMMENT ON COLUMN registry.coordinate.cell IS 'Cell of the patch.';

COMMENT ON COLUMN registry.coordinate.subfilter IS 'Part of the band, for wavelength-dependent templates.';

COMMENT ON COLUMN registry.coordinate.healpix IS 'HEALPix cell as a nested unique identifier: 4 * 4^order + pixel.';

CREATE TABLE registry.quantum (
	quantum_id BIGINT GENERATED ALWAYS AS IDENTITY,
	provenance_hash BYTEA NOT NULL CONSTRAINT quantum_provenance_hash_is_sha256 CHECK (octet_length(provenance_hash) = 32),
	task_version_id INTEGER NOT NULL,
	config_id INTEGER NOT NULL,
	coordinate_id BIGINT NOT NULL,
	salt INTEGER DEFAULT 0 NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT quantum_pkey PRIMARY KEY (quantum_id),
	CONSTRAINT quantum_provenance_hash_key UNIQUE (provenance_hash),
	CONSTRAINT quantum_task_version_id_fkey FOREIGN KEY(task_version_id) REFERENCES registry.task_version (task_version_id),
	CONSTRAINT quantum_config_id_fkey FOREIGN KEY(config_id) REFERENCES registry.config (config_id),
	CONSTRAINT quantum_coordinate_id_fkey FOREIGN KEY(coordinate_id) REFERENCES registry.coordinate (coordinate_id)
);

CREATE INDEX quantum_config_idx ON registry.quantum (config_id);

CREATE INDEX quantum_task_version_coordinate_idx ON registry.quantum (task_version_id, coordinate_id);

COMMENT ON TABLE registry.quantum IS 'One task on one data ID with given inputs; known before it runs.';

COMMENT ON COLUMN registry.quantum.quantum_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.quantum.provenance_hash IS 'SHA-256 of task, code, config, compatibility class, coordinate, salt and inputs.';

COMMENT ON COLUMN registry.quantum.task_version_id IS 'Code.';

COMMENT ON COLUMN registry.quantum.config_id IS 'Configuration.';

COMMENT ON COLUMN registry.quantum.coordinate_id IS 'Data ID.';

COMMENT ON COLUMN registry.quantum.salt IS 'Above 0: recomputed on purpose.';

COMMENT ON COLUMN registry.quantum.created_at IS 'When it was first planned.';

CREATE TABLE registry.action (
	action_key BYTEA NOT NULL CONSTRAINT action_action_key_is_sha256 CHECK (octet_length(action_key) = 32),
	quantum_id BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT action_pkey PRIMARY KEY (action_key),
	CONSTRAINT action_quantum_id_fkey FOREIGN KEY(quantum_id) REFERENCES registry.quantum (quantum_id)
);

COMMENT ON TABLE registry.action IS 'Finds results computed from equal content under another provenance.';

COMMENT ON COLUMN registry.action.action_key IS 'The provenance hash with every input replaced by its content digest.';

COMMENT ON COLUMN registry.action.quantum_id IS 'First quantum that did this.';

COMMENT ON COLUMN registry.action.created_at IS 'When it was first done.';

CREATE TABLE registry.dataset (
	dataset_id BIGINT GENERATED ALWAYS AS IDENTITY,
	uid UUID NOT NULL,
	dataset_type_id INTEGER NOT NULL,
	coordinate_id BIGINT NOT NULL,
	quantum_id BIGINT,
	output_name TEXT DEFAULT 'out' NOT NULL,
	execution_id BIGINT,
	content_digest BYTEA NOT NULL CONSTRAINT dataset_content_digest_is_sha256 CHECK (octet_length(content_digest) = 32),
	n_rows BIGINT,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT dataset_pkey PRIMARY KEY (dataset_id),
	CONSTRAINT dataset_quantum_id_output_name_key UNIQUE (quantum_id, output_name),
	CONSTRAINT dataset_dataset_id_dataset_type_id_coordinate_id_key UNIQUE (dataset_id, dataset_type_id, coordinate_id),
	CONSTRAINT dataset_executed_means_planned CHECK (quantum_id is not null or execution_id is null),
	CONSTRAINT dataset_uid_key UNIQUE (uid),
	CONSTRAINT dataset_dataset_type_id_fkey FOREIGN KEY(dataset_type_id) REFERENCES registry.dataset_type (dataset_type_id),
	CONSTRAINT dataset_coordinate_id_fkey FOREIGN KEY(coordinate_id) REFERENCES registry.coordinate (coordinate_id),
	CONSTRAINT dataset_quantum_id_fkey FOREIGN KEY(quantum_id) REFERENCES registry.quantum (quantum_id)
);

CREATE INDEX dataset_content_digest_idx ON registry.dataset (content_digest);

CREATE INDEX dataset_type_coordinate_idx ON registry.dataset (dataset_type_id, coordinate_id);

COMMENT ON TABLE registry.dataset IS 'Datasets: identity and content digest; the bytes are artifacts.';

COMMENT ON COLUMN registry.dataset.dataset_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.dataset.uid IS 'uuid5 of provenance hash and output name: the same at every site.';

COMMENT ON COLUMN registry.dataset.dataset_type_id IS 'Dataset type.';

COMMENT ON COLUMN registry.dataset.coordinate_id IS 'Data ID.';

COMMENT ON COLUMN registry.dataset.quantum_id IS 'Quantum that made it; NULL for files from outside.';

COMMENT ON COLUMN registry.dataset.output_name IS 'Name of the output in the task.';

COMMENT ON COLUMN registry.dataset.execution_id IS 'Execution that made it; NULL for files from outside.';

COMMENT ON COLUMN registry.dataset.content_digest IS 'SHA-256 of the logical content, not of the bytes of the file.';

COMMENT ON COLUMN registry.dataset.n_rows IS 'Rows, where the dataset is a table.';

COMMENT ON COLUMN registry.dataset.created_at IS 'When it was registered.';

CREATE TABLE registry.nondeterminism (
	nondeterminism_id BIGINT GENERATED ALWAYS AS IDENTITY,
	quantum_id BIGINT NOT NULL,
	output_name TEXT NOT NULL,
	execution_id BIGINT NOT NULL,
	expected BYTEA NOT NULL CONSTRAINT nondeterminism_expected_is_sha256 CHECK (octet_length(expected) = 32),
	got BYTEA NOT NULL CONSTRAINT nondeterminism_got_is_sha256 CHECK (octet_length(got) = 32),
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT nondeterminism_pkey PRIMARY KEY (nondeterminism_id),
	CONSTRAINT nondeterminism_quantum_id_fkey FOREIGN KEY(quantum_id) REFERENCES registry.quantum (quantum_id)
);

COMMENT ON TABLE registry.nondeterminism IS 'Executions whose output differs from the registered one; the first stays.';

COMMENT ON COLUMN registry.nondeterminism.nondeterminism_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.nondeterminism.quantum_id IS 'Quantum.';

COMMENT ON COLUMN registry.nondeterminism.output_name IS 'Output that differed.';

COMMENT ON COLUMN registry.nondeterminism.execution_id IS 'Execution that differed from the first.';

COMMENT ON COLUMN registry.nondeterminism.expected IS 'Content digest that is registered.';

COMMENT ON COLUMN registry.nondeterminism.got IS 'Content digest of this execution.';

COMMENT ON COLUMN registry.nondeterminism.created_at IS 'When it was seen.';

CREATE TABLE work.unit (
	unit_id BIGINT GENERATED ALWAYS AS IDENTITY,
	run_id INTEGER NOT NULL,
	quantum_id BIGINT NOT NULL,
	queue SMALLINT DEFAULT 0 NOT NULL,
	priority SMALLINT DEFAULT 100 NOT NULL,
	unmet INTEGER DEFAULT 0 NOT NULL,
	attempt SMALLINT DEFAULT 0 NOT NULL,
	max_attempts SMALLINT DEFAULT 3 NOT NULL,
	est_ms INTEGER DEFAULT 1000 NOT NULL,
	vtime DOUBLE PRECISION,
	solo BOOLEAN DEFAULT false NOT NULL,
	state TEXT DEFAULT 'waiting' NOT NULL,
	CONSTRAINT unit_pkey PRIMARY KEY (unit_id),
	CONSTRAINT unit_run_id_quantum_id_key UNIQUE (run_id, quantum_id),
	CONSTRAINT unit_unmet_not_negative CHECK (unmet >= 0),
	CONSTRAINT unit_state_known CHECK (state in ('waiting', 'ready', 'leased', 'done', 'reused', 'dead', 'blocked')),
	CONSTRAINT unit_run_id_fkey FOREIGN KEY(run_id) REFERENCES work.share (run_id),
	CONSTRAINT unit_quantum_id_fkey FOREIGN KEY(quantum_id) REFERENCES registry.quantum (quantum_id)
)
 WITH (fillfactor = 85);

CREATE INDEX unit_quantum_idx ON work.unit (quantum_id);

COMMENT ON TABLE work.unit IS 'What a worker pulls.';

COMMENT ON COLUMN work.unit.unit_id IS 'Surrogate key.';

COMMENT ON COLUMN work.unit.run_id IS 'Run.';

COMMENT ON COLUMN work.unit.quantum_id IS 'Quantum.';

COMMENT ON COLUMN work.unit.queue IS 'Queue: workers pull from one.';

COMMENT ON COLUMN work.unit.priority IS 'Smaller goes first.';

COMMENT ON COLUMN work.unit.unmet IS 'Dependencies that have not settled.';

COMMENT ON COLUMN work.unit.attempt IS 'Attempts so far.';

COMMENT ON COLUMN work.unit.max_attempts IS 'Attempts after which it is dead.';

COMMENT ON COLUMN work.unit.est_ms IS 'Expected duration [ms].';

COMMENT ON COLUMN work.unit.vtime IS 'Virtual time tag, set once when it first becomes ready.';

COMMENT ON COLUMN work.unit.solo IS 'Claimed alone, because a batch with it was lost.';

COMMENT ON COLUMN work.unit.state IS 'waiting, ready, leased, done, reused, dead, blocked.';

CREATE TABLE ingest.load_file (
	load_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	target TEXT NOT NULL,
	n_rows BIGINT NOT NULL,
	live BOOLEAN DEFAULT true NOT NULL,
	CONSTRAINT load_file_pkey PRIMARY KEY (load_id, dataset_id),
	CONSTRAINT load_file_load_id_fkey FOREIGN KEY(load_id) REFERENCES ingest.load (load_id),
	CONSTRAINT load_file_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id)
);

CREATE UNIQUE INDEX load_file_once_key ON ingest.load_file (target, dataset_id) WHERE live;

COMMENT ON TABLE ingest.load_file IS 'The manifest of a load.';

COMMENT ON COLUMN ingest.load_file.load_id IS 'Load.';

COMMENT ON COLUMN ingest.load_file.dataset_id IS 'Dataset: one Parquet file.';

COMMENT ON COLUMN ingest.load_file.target IS 'Catalog table.';

COMMENT ON COLUMN ingest.load_file.n_rows IS 'Rows of the file.';

COMMENT ON COLUMN ingest.load_file.live IS 'Whether its rows are, or will be, in the table.';

CREATE TABLE quality.measurement (
	metric_id INTEGER NOT NULL,
	dataset_id BIGINT NOT NULL,
	value DOUBLE PRECISION NOT NULL,
	CONSTRAINT measurement_pkey PRIMARY KEY (metric_id, dataset_id),
	CONSTRAINT measurement_metric_id_fkey FOREIGN KEY(metric_id) REFERENCES quality.metric (metric_id),
	CONSTRAINT measurement_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id)
);

CREATE INDEX measurement_dataset_idx ON quality.measurement (dataset_id) INCLUDE (metric_id, value);

COMMENT ON TABLE quality.measurement IS 'One value of one metric on one dataset.';

COMMENT ON COLUMN quality.measurement.metric_id IS 'Metric.';

COMMENT ON COLUMN quality.measurement.dataset_id IS 'Dataset that it describes.';

COMMENT ON COLUMN quality.measurement.value IS 'Value in the metric''s unit; NaN when it could not be measured.';

CREATE TABLE registry.calibration_validity (
	calibration_validity_id BIGINT GENERATED ALWAYS AS IDENTITY,
	collection_id INTEGER NOT NULL,
	dataset_type_id INTEGER NOT NULL,
	coordinate_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	valid INT8RANGE NOT NULL,
	CONSTRAINT calibration_validity_pkey PRIMARY KEY (calibration_validity_id),
	CONSTRAINT calibration_validity_dataset_id_dataset_type_id_coordin_6c06 FOREIGN KEY(dataset_id, dataset_type_id, coordinate_id) REFERENCES registry.dataset (dataset_id, dataset_type_id, coordinate_id),
	CONSTRAINT calibration_validity_valid_not_empty CHECK (not isempty(valid)),
	CONSTRAINT calibration_validity_collection_id_fkey FOREIGN KEY(collection_id) REFERENCES registry.collection (collection_id),
	CONSTRAINT calibration_validity_no_overlap EXCLUDE USING gist (int8range(collection_id, collection_id, '[]') WITH =, int8range(dataset_type_id, dataset_type_id, '[]') WITH =, int8range(coordinate_id, coordinate_id, '[]') WITH =, valid WITH &&)
);

COMMENT ON TABLE registry.calibration_validity IS 'Validity ranges; two calibrations of a kind can never hold at once.';

COMMENT ON COLUMN registry.calibration_validity.calibration_validity_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.calibration_validity.collection_id IS 'Calibration collection.';

COMMENT ON COLUMN registry.calibration_validity.dataset_type_id IS 'Dataset type of the calibration.';

COMMENT ON COLUMN registry.calibration_validity.coordinate_id IS 'Coordinate of the calibration.';

COMMENT ON COLUMN registry.calibration_validity.dataset_id IS 'Calibration.';

COMMENT ON COLUMN registry.calibration_validity.valid IS 'Validity, TAI nanoseconds since 1970-01-01.';

CREATE TABLE registry.mark (
	mark_id BIGINT GENERATED ALWAYS AS IDENTITY,
	dataset_id BIGINT,
	task_version_id INTEGER,
	config_id INTEGER,
	verdict TEXT NOT NULL,
	reason TEXT NOT NULL,
	author TEXT DEFAULT current_user NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT mark_pkey PRIMARY KEY (mark_id),
	CONSTRAINT mark_one_root CHECK (num_nonnulls(dataset_id, task_version_id, config_id) = 1),
	CONSTRAINT mark_verdict_known CHECK (verdict in ('bad', 'suspect', 'superseded')),
	CONSTRAINT mark_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id),
	CONSTRAINT mark_task_version_id_fkey FOREIGN KEY(task_version_id) REFERENCES registry.task_version (task_version_id),
	CONSTRAINT mark_config_id_fkey FOREIGN KEY(config_id) REFERENCES registry.config (config_id)
);

CREATE INDEX mark_dataset_idx ON registry.mark (dataset_id) WHERE revoked_at is null;

COMMENT ON TABLE registry.mark IS 'Root causes only; taint of what descends from them is derived.';

COMMENT ON COLUMN registry.mark.mark_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.mark.dataset_id IS 'Marked dataset, or NULL.';

COMMENT ON COLUMN registry.mark.task_version_id IS 'Marked code, or NULL.';

COMMENT ON COLUMN registry.mark.config_id IS 'Marked configuration, or NULL.';

COMMENT ON COLUMN registry.mark.verdict IS 'bad, suspect or superseded.';

COMMENT ON COLUMN registry.mark.reason IS 'Why, in one sentence.';

COMMENT ON COLUMN registry.mark.author IS 'Database user who marked.';

COMMENT ON COLUMN registry.mark.created_at IS 'When it was marked.';

COMMENT ON COLUMN registry.mark.revoked_at IS 'When the mark was taken back; NULL while it holds.';

CREATE TABLE registry.member (
	member_id BIGINT GENERATED ALWAYS AS IDENTITY,
	collection_id INTEGER NOT NULL,
	dataset_type_id INTEGER NOT NULL,
	coordinate_id BIGINT NOT NULL,
	dataset_id BIGINT NOT NULL,
	how TEXT NOT NULL,
	since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	until TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL,
	CONSTRAINT member_pkey PRIMARY KEY (member_id),
	CONSTRAINT member_dataset_id_dataset_type_id_coordinate_id_fkey FOREIGN KEY(dataset_id, dataset_type_id, coordinate_id) REFERENCES registry.dataset (dataset_id, dataset_type_id, coordinate_id),
	CONSTRAINT member_how_known CHECK (how in ('computed', 'reused', 'tagged', 'ingested')),
	CONSTRAINT member_since_before_until CHECK (since <= until),
	CONSTRAINT member_collection_id_fkey FOREIGN KEY(collection_id) REFERENCES registry.collection (collection_id)
);

CREATE UNIQUE INDEX member_current_key ON registry.member (collection_id, dataset_type_id, coordinate_id) INCLUDE (dataset_id) WHERE until = 'infinity';

CREATE INDEX member_dataset_idx ON registry.member (dataset_id);

COMMENT ON TABLE registry.member IS 'Temporal membership: what was in a collection at any time.';

COMMENT ON COLUMN registry.member.member_id IS 'Surrogate key.';

COMMENT ON COLUMN registry.member.collection_id IS 'Collection.';

COMMENT ON COLUMN registry.member.dataset_type_id IS 'Dataset type of the dataset.';

COMMENT ON COLUMN registry.member.coordinate_id IS 'Coordinate of the dataset.';

COMMENT ON COLUMN registry.member.dataset_id IS 'Dataset.';

COMMENT ON COLUMN registry.member.how IS 'computed, reused, tagged or ingested.';

COMMENT ON COLUMN registry.member.since IS 'When it entered.';

COMMENT ON COLUMN registry.member.until IS 'When it left; infinity while it is in.';

CREATE TABLE registry.origin (
	dataset_id BIGINT NOT NULL,
	file_name TEXT NOT NULL,
	part TEXT NOT NULL,
	CONSTRAINT origin_pkey PRIMARY KEY (dataset_id),
	CONSTRAINT origin_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id)
);

CREATE INDEX origin_file_name_idx ON registry.origin (file_name);

COMMENT ON TABLE registry.origin IS 'Where datasets that no quantum made came from.';

COMMENT ON COLUMN registry.origin.dataset_id IS 'Dataset.';

COMMENT ON COLUMN registry.origin.file_name IS 'Name of the file as it came, without folders.';

COMMENT ON COLUMN registry.origin.part IS 'HDU within the file; empty when the file is one dataset.';

CREATE TABLE registry.quantum_input (
	quantum_id BIGINT NOT NULL,
	role_id INTEGER NOT NULL,
	ordinal INTEGER DEFAULT 0 NOT NULL,
	dataset_id BIGINT NOT NULL,
	CONSTRAINT quantum_input_pkey PRIMARY KEY (quantum_id, role_id, ordinal),
	CONSTRAINT quantum_input_quantum_id_fkey FOREIGN KEY(quantum_id) REFERENCES registry.quantum (quantum_id),
	CONSTRAINT quantum_input_role_id_fkey FOREIGN KEY(role_id) REFERENCES registry.role (role_id),
	CONSTRAINT quantum_input_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id)
);

CREATE INDEX quantum_input_dataset_idx ON registry.quantum_input (dataset_id) INCLUDE (quantum_id);

COMMENT ON TABLE registry.quantum_input IS 'Which quantum read which dataset.';

COMMENT ON COLUMN registry.quantum_input.quantum_id IS 'Quantum that read.';

COMMENT ON COLUMN registry.quantum_input.role_id IS 'Name of the input in the task.';

COMMENT ON COLUMN registry.quantum_input.ordinal IS 'Place among inputs of that name.';

COMMENT ON COLUMN registry.quantum_input.dataset_id IS 'Dataset that was read.';

CREATE TABLE registry.region (
	dataset_id BIGINT NOT NULL,
	coordinate_id BIGINT NOT NULL,
	ranges INT8MULTIRANGE NOT NULL,
	CONSTRAINT region_pkey PRIMARY KEY (dataset_id),
	CONSTRAINT region_dataset_id_fkey FOREIGN KEY(dataset_id) REFERENCES registry.dataset (dataset_id),
	CONSTRAINT region_coordinate_id_fkey FOREIGN KEY(coordinate_id) REFERENCES registry.coordinate (coordinate_id)
);

CREATE INDEX region_coordinate_idx ON registry.region (coordinate_id);

CREATE INDEX region_ranges_idx ON registry.region USING gist (ranges);

COMMENT ON TABLE registry.region IS 'Footprints; not part of the immutable coordinate, because a better WCS moves them.';

COMMENT ON COLUMN registry.region.dataset_id IS 'Dataset whose WCS or rows say so.';

COMMENT ON COLUMN registry.region.coordinate_id IS 'Coordinate of that dataset.';

COMMENT ON COLUMN registry.region.ranges IS 'Footprint as ranges of nested HEALPix pixels of order 29.';

CREATE TABLE work.dependency (
	needs BIGINT NOT NULL,
	unit_id BIGINT NOT NULL,
	soft BOOLEAN DEFAULT false NOT NULL,
	CONSTRAINT dependency_pkey PRIMARY KEY (needs, unit_id),
	CONSTRAINT dependency_needs_fkey FOREIGN KEY(needs) REFERENCES work.unit (unit_id),
	CONSTRAINT dependency_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id)
);

CREATE INDEX dependency_unit_idx ON work.dependency (unit_id);

COMMENT ON TABLE work.dependency IS 'Edges between the units of one run.';

COMMENT ON COLUMN work.dependency.needs IS 'Unit that must settle first.';

COMMENT ON COLUMN work.dependency.unit_id IS 'Unit that waits.';

COMMENT ON COLUMN work.dependency.soft IS 'Soft: any end will do (a load takes what there is). Hard: it must succeed, else this unit is blocked.';

CREATE TABLE work.execution (
	execution_id BIGINT GENERATED ALWAYS AS IDENTITY,
	unit_id BIGINT NOT NULL,
	attempt SMALLINT NOT NULL,
	token BIGINT NOT NULL,
	worker_id BIGINT NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	outcome TEXT NOT NULL,
	error_class TEXT,
	error TEXT,
	traceback TEXT,
	log TEXT,
	cpu_s DOUBLE PRECISION,
	max_rss_mb DOUBLE PRECISION,
	CONSTRAINT execution_pkey PRIMARY KEY (execution_id),
	CONSTRAINT execution_outcome_known CHECK (outcome in ('ok', 'reused', 'error', 'lost')),
	CONSTRAINT execution_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id),
	CONSTRAINT execution_worker_id_fkey FOREIGN KEY(worker_id) REFERENCES work.worker (worker_id)
);

CREATE INDEX execution_unit_idx ON work.execution (unit_id, token);

COMMENT ON TABLE work.execution IS 'Every attempt is kept.';

COMMENT ON COLUMN work.execution.execution_id IS 'Surrogate key.';

COMMENT ON COLUMN work.execution.unit_id IS 'Unit.';

COMMENT ON COLUMN work.execution.attempt IS 'Number of the attempt, from 1.';

COMMENT ON COLUMN work.execution.token IS 'Fencing token of its lease.';

COMMENT ON COLUMN work.execution.worker_id IS 'Worker: host, process, environment.';

COMMENT ON COLUMN work.execution.started_at IS 'When it began.';

COMMENT ON COLUMN work.execution.ended_at IS 'When it ended; for a lost lease, when that was noticed.';

COMMENT ON COLUMN work.execution.outcome IS 'ok, reused, error or lost.';

COMMENT ON COLUMN work.execution.error_class IS 'Class of the error, NULL when there was none.';

COMMENT ON COLUMN work.execution.error IS 'The error in one sentence.';

COMMENT ON COLUMN work.execution.traceback IS 'Where it happened.';

COMMENT ON COLUMN work.execution.log IS 'What the task logged.';

COMMENT ON COLUMN work.execution.cpu_s IS 'CPU time [s].';

COMMENT ON COLUMN work.execution.max_rss_mb IS 'Peak resident memory during the attempt [MiB].';

CREATE TABLE work.lease (
	unit_id BIGINT NOT NULL,
	token BIGINT NOT NULL,
	worker_id BIGINT NOT NULL,
	batch INTEGER NOT NULL,
	vtime DOUBLE PRECISION NOT NULL,
	acquired_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	deadline TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT lease_pkey PRIMARY KEY (unit_id),
	CONSTRAINT lease_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id),
	CONSTRAINT lease_worker_id_fkey FOREIGN KEY(worker_id) REFERENCES work.worker (worker_id)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX lease_worker_idx ON work.lease (worker_id);

COMMENT ON TABLE work.lease IS 'Only what is running.';

COMMENT ON COLUMN work.lease.unit_id IS 'Unit.';

COMMENT ON COLUMN work.lease.token IS 'Fencing token: an answer with another token is refused.';

COMMENT ON COLUMN work.lease.worker_id IS 'Worker.';

COMMENT ON COLUMN work.lease.batch IS 'Units claimed together.';

COMMENT ON COLUMN work.lease.vtime IS 'Virtual time tag of the batch.';

COMMENT ON COLUMN work.lease.acquired_at IS 'When it was claimed.';

COMMENT ON COLUMN work.lease.deadline IS 'When it lapses, unless a heartbeat renews it.';

CREATE TABLE work.ready (
	unit_id BIGINT NOT NULL,
	queue SMALLINT NOT NULL,
	solo BOOLEAN NOT NULL,
	priority SMALLINT NOT NULL,
	vtime DOUBLE PRECISION NOT NULL,
	not_before TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
	CONSTRAINT ready_pkey PRIMARY KEY (unit_id),
	CONSTRAINT ready_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX ready_later_idx ON work.ready (not_before) WHERE not_before > '-infinity';

CREATE INDEX ready_pick_idx ON work.ready (queue, solo, priority, vtime, unit_id) WHERE not_before = '-infinity';

COMMENT ON TABLE work.ready IS 'Only what is claimable: claims cost the same however long the history.';

COMMENT ON COLUMN work.ready.unit_id IS 'Unit.';

COMMENT ON COLUMN work.ready.queue IS 'Queue.';

COMMENT ON COLUMN work.ready.solo IS 'Claimed alone.';

COMMENT ON COLUMN work.ready.priority IS 'Smaller goes first.';

COMMENT ON COLUMN work.ready.vtime IS 'Virtual time tag.';

COMMENT ON COLUMN work.ready.not_before IS 'Earliest claim; -infinity when it may go now.';

CREATE TABLE work.settled (
	settle_id BIGINT GENERATED ALWAYS AS IDENTITY,
	unit_id BIGINT NOT NULL,
	ok BOOLEAN NOT NULL,
	CONSTRAINT settled_pkey PRIMARY KEY (settle_id),
	CONSTRAINT settled_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id)
);

COMMENT ON TABLE work.settled IS 'Messages to the resolver: settlers only append, one resolver reads.';

COMMENT ON COLUMN work.settled.settle_id IS 'Surrogate key, in order of settling.';

COMMENT ON COLUMN work.settled.unit_id IS 'Unit.';

COMMENT ON COLUMN work.settled.ok IS 'Whether it succeeded.';

CREATE TABLE work.unit_input (
	unit_id BIGINT NOT NULL,
	role_id INTEGER NOT NULL,
	ordinal INTEGER DEFAULT 0 NOT NULL,
	dataset_uid UUID NOT NULL,
	CONSTRAINT unit_input_pkey PRIMARY KEY (unit_id, role_id, ordinal),
	CONSTRAINT unit_input_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES work.unit (unit_id),
	CONSTRAINT unit_input_role_id_fkey FOREIGN KEY(role_id) REFERENCES registry.role (role_id)
);

CREATE INDEX unit_input_dataset_uid_idx ON work.unit_input (dataset_uid);

COMMENT ON TABLE work.unit_input IS 'Written by the planner; becomes registry.quantum_input when the unit settles.';

COMMENT ON COLUMN work.unit_input.unit_id IS 'Unit.';

COMMENT ON COLUMN work.unit_input.role_id IS 'Name of the input in the task.';

COMMENT ON COLUMN work.unit_input.ordinal IS 'Place among inputs of that name.';

COMMENT ON COLUMN work.unit_input.dataset_uid IS 'Dataset; known before it exists, because its uid is a uuid5.';

insert into work.resolver default values;

-- Identity is append-only: neither a worker nor an owner in a hurry changes what a hash stands for.
create function registry.refuse_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
    using errcode = 'P0A01', hint = 'Register a new row; mark the old one if it is wrong.';
end $$;
comment on function registry.refuse_change is 'Trigger: refuse whatever was asked of an append-only table.';

do $$
declare
  name text;
  free text;
begin
  foreach name in array array[
    'registry.instrument', 'registry.detector', 'registry.physical_filter', 'registry.visit', 'registry.exposure',
    'registry.software', 'registry.config', 'registry.task', 'registry.task_version', 'registry.role',
    'registry.dataset_type', 'registry.coordinate', 'registry.region', 'registry.quantum', 'registry.quantum_input',
    'registry.dataset', 'registry.origin', 'registry.action', 'registry.nondeterminism', 'registry.run', 'work.unit_input',
    'work.execution', 'quality.metric', 'quality.measurement'
  ] loop
    execute format('create trigger no_change before update or delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
  -- Of these one column tells what became of the row; the rest stays.
  for name, free in values ('registry.artifact', 'state'), ('registry.member', 'until'), ('registry.mark', 'revoked_at') loop
    execute format('create trigger no_change before update on %s for each row
                    when (to_jsonb(new) - %L is distinct from to_jsonb(old) - %L) execute function registry.refuse_change()', name, free, free);
  end loop;
  foreach name in array array['registry.artifact', 'registry.member', 'registry.mark', 'ingest.load'] loop
    execute format('create trigger no_delete before delete on %s for each row execute function registry.refuse_change()', name);
    execute format('create trigger no_truncate before truncate on %s execute function registry.refuse_change()', name);
  end loop;
end $$;

-- A sealed collection is what it was when it was sealed. Its row is locked, so that nothing enters while it is being sealed;
-- a worker may not lock it, hence security definer. The argument of the trigger is the column that names the collection.
create function registry.refuse_sealed() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
declare
  touched int[] := array[(to_jsonb(old) ->> tg_argv[0])::int, (to_jsonb(new) ->> tg_argv[0])::int];
  sealed text;
begin
  perform from registry.collection c where c.collection_id = any(touched) order by c.collection_id for share;
  select c.name into sealed from registry.collection c where c.collection_id = any(touched) and c.sealed_at is not null;
  if found then
    raise exception 'collection % is sealed: nothing enters, changes or leaves', sealed
      using errcode = 'P0A02', hint = 'Make a new collection.';
  end if;
  return coalesce(new, old);
end $$;
comment on function registry.refuse_sealed is 'Trigger: refuse changes of what a sealed collection holds.';
create trigger sealed before insert or update or delete on registry.member
  for each row execute function registry.refuse_sealed('collection_id');
create trigger sealed before insert or update or delete on registry.calibration_validity
  for each row execute function registry.refuse_sealed('collection_id');
create trigger sealed before insert or update or delete on registry.collection_chain
  for each row execute function registry.refuse_sealed('parent');
create trigger sealed before update or delete on registry.collection
  for each row when (old.sealed_at is not null) execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.calibration_validity execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection_chain execute function registry.refuse_change();
create trigger no_truncate before truncate on registry.collection execute function registry.refuse_change();

create function registry.refuse_unsuitable() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if (select c.kind from registry.collection c where c.collection_id = new.collection_id) <> 'calibration' then
    raise exception 'calibrations are certified into calibration collections only' using errcode = 'P0A03';
  end if;
  return new;
end $$;
comment on function registry.refuse_unsuitable is 'Trigger: refuse calibrations in other collections.';
create trigger calibration_only before insert or update on registry.calibration_validity
  for each row execute function registry.refuse_unsuitable();

-- Units enter the queue here only. Callers hold the resolver's row: it makes them the single writer of work.share.vtime.
-- Start-time fair queueing: the tag is computed once, when a unit first becomes ready (Goyal, Vin & Cheng 1996).
-- Two statements with arrays between them: planned without statistics, as within the transaction that inserts the units,
-- one statement joined its own parts row by row and took 34 s for 10,000 units; so would `started`, not materialized.
create function work.make_ready(p_units bigint[]) returns int
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
    -- A run that was idle starts where the others are now, not where it stopped: idleness earns no credit. Where they
    -- are is asked of their own line, and the leases count because a retry may stand at its head with an old tag.
    select c.queue, c.priority, coalesce(
      greatest(
        (select r.vtime - u.est_ms / s.weight
         from work.ready r join work.unit u using (unit_id) join work.share s using (run_id)
         where r.queue = c.queue and not r.solo and r.priority = c.priority and r.not_before = '-infinity'
         order by r.vtime limit 1),
        (select max(l.vtime) from work.lease l join work.unit u using (unit_id)
         where u.queue = c.queue and u.priority = c.priority)),
      (select max(s.vtime) from work.share s),
      0) as vtime
    from (select distinct queue, priority from asked) c
  ), tagged as (
    select a.unit_id,
           greatest(s.vtime, f.vtime) + sum(a.est_ms / s.weight) over (partition by a.run_id order by a.unit_id) as vtime
    from asked a join work.share s using (run_id) join started f using (queue, priority)
  )
  select array_agg(t.unit_id), array_agg(t.vtime) into ids, tags from tagged t;
  with changed as (
    update work.unit u set state = 'ready', vtime = t.vtime
    from unnest(ids, tags) t (unit_id, vtime) where u.unit_id = t.unit_id
    returning u.unit_id, u.run_id, u.queue, u.solo, u.priority, u.vtime
  ), queued as (
    insert into work.ready (unit_id, queue, solo, priority, vtime)
    select c.unit_id, c.queue, c.solo, c.priority, c.vtime from changed c
  )
  update work.share s set vtime = m.vtime
  from (select c.run_id, max(c.vtime) as vtime from changed c group by 1) m where s.run_id = m.run_id;
  return coalesce(cardinality(ids), 0);
end $$;
comment on function work.make_ready is 'Put waiting units without unmet dependencies into the queue.';

-- Claim a batch. `= any(array)` keeps every step an index scan; joining a CTE instead was measured 14 times slower.
create function work.claim(p_worker bigint, p_queue smallint, p_n int, p_ttl interval)
returns table (unit_id bigint, token bigint, quantum_id bigint, run_id int, attempt smallint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  ids bigint[];
  tag float8;
begin
  -- Units whose batch was lost go first and alone: whoever kills its worker then takes nobody along.
  with taken as (
    delete from work.ready r where r.unit_id = any(array(
      select c.unit_id from work.ready c where c.queue = p_queue and c.solo and c.not_before = '-infinity'
      order by c.priority, c.vtime, c.unit_id limit 1 for update skip locked))
    returning r.unit_id, r.vtime)
  select array_agg(t.unit_id), max(t.vtime) into ids, tag from taken t;
  if ids is null then
    with taken as (
      delete from work.ready r where r.unit_id = any(array(
        select c.unit_id from work.ready c where c.queue = p_queue and not c.solo and c.not_before = '-infinity'
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
    select i, nextval('work.fence'), p_worker, clock_timestamp() + p_ttl, cardinality(ids), tag from unnest(ids) i
    returning l.unit_id, l.token
  ), changed as (
    update work.unit u set state = 'leased', attempt = u.attempt + 1 where u.unit_id = any(ids)
    returning u.unit_id, u.quantum_id, u.run_id, u.attempt
  )
  select c.unit_id, l.token, c.quantum_id, c.run_id, c.attempt from changed c join leased l on l.unit_id = c.unit_id order by l.token;
end $$;
comment on function work.claim is 'Lease up to n ready units of a queue to a worker; each lease has its fencing token.';

create function work.heartbeat(p_workers bigint[], p_ttl interval) returns void
language sql security definer set search_path = pg_catalog as $$
  update work.worker set last_seen = clock_timestamp() where worker_id = any(p_workers) and stopped_at is null;
  -- A lease that somebody has locked is being settled: it needs no renewal, and waiting for several could end in a circle.
  update work.lease set deadline = clock_timestamp() + p_ttl where unit_id = any(array(
    select l.unit_id from work.lease l where l.worker_id = any(p_workers) for update skip locked));
$$;
comment on function work.heartbeat is 'Say that these workers live, and renew their leases.';

-- The FIRST statement of the transaction that registers outputs: it fences by row lock and token,
-- and hands out the execution ids that the dataset rows need.
create function work.settle_ok(
  p_units bigint[], p_tokens bigint[], p_reused boolean[], p_started timestamptz[], p_ended timestamptz[],
  p_cpu_s float8[], p_max_rss_mb float8[], p_logs text[]
) returns table (unit_id bigint, execution_id bigint)
language plpgsql security definer set search_path = pg_catalog
-- One plan, made once: every step is a look into an index, whatever the statistics say.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
#variable_conflict use_column
declare
  n int;
begin
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

create function work.backoff(p_attempt int) returns interval
language sql volatile set search_path = pg_catalog as $$
  -- 4^6 s is more than an hour; higher powers would leave the range of intervals.
  select least(interval '1 hour', interval '1 s' * power(4, least(greatest(p_attempt - 1, 0), 6)) * (0.75 + random() / 2))
$$;
comment on function work.backoff is 'How long an attempt waits after the one before: fourfold each time, with jitter, at most an hour.';

create function work.settle_err(
  p_unit bigint, p_token bigint, p_class text, p_error text, p_traceback text, p_log text,
  p_started timestamptz, p_ended timestamptz, p_cpu_s float8, p_max_rss_mb float8, p_retry boolean
) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l work.lease;
  u work.unit;
begin
  delete from work.lease x where x.unit_id = p_unit and x.token = p_token returning * into l;
  if not found then
    raise exception 'stale lease: unit % is no longer owned', p_unit using errcode = 'P0L01';
  end if;
  update work.unit x set state = case when p_retry and x.attempt < x.max_attempts then 'ready' else 'dead' end
  where x.unit_id = p_unit returning * into u;
  insert into work.execution (
    unit_id, attempt, token, worker_id, started_at, ended_at, outcome, error_class, error, traceback, log, cpu_s, max_rss_mb)
  values (
    p_unit, u.attempt, l.token, l.worker_id, p_started, p_ended, 'error', p_class, p_error, p_traceback, p_log, p_cpu_s, p_max_rss_mb);
  if u.state = 'ready' then
    -- It keeps its first tag: no lock on its share, no second charge, front of its run's line.
    insert into work.ready (unit_id, queue, priority, vtime, solo, not_before)
    values (p_unit, u.queue, u.priority, u.vtime, u.solo, clock_timestamp() + work.backoff(u.attempt));
  else
    insert into work.settled (unit_id, ok) values (p_unit, false);
  end if;
  return u.state;
end $$;
comment on function work.settle_err is 'End an attempt that failed: back into the queue after a pause, or dead.';

create function work.give_back(p_units bigint[], p_tokens bigint[]) returns int
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
    insert into work.ready (unit_id, queue, priority, vtime, solo) select c.unit_id, c.queue, c.priority, c.vtime, c.solo from changed c returning 1
  )
  select count(*) into n from queued;
  return n;
end $$;
comment on function work.give_back is 'Return units that were claimed but not begun; counts no attempt. A worker that is told to stop does this.';

-- The resolver: any worker may call it after a commit, one runs at a time; set-based, so an input of 500 units is one update.
create function work.resolve(p_max int default 20000) returns int
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
  update work.ready set not_before = '-infinity' where not_before > '-infinity' and not_before <= clock_timestamp();
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
  return coalesce(cardinality(free), 0);
end $$;
comment on function work.resolve is 'Free what waited for settled units, block what needed dead ones; -1 when somebody else is at it.';

-- Leases of workers that are silent, stopped or late come back. A lost lease counts as an attempt only for a unit that was
-- claimed alone; the others come back to be claimed alone, so that one poison unit does not kill its batch.
create function work.reap(p_silence interval default '60 s') returns int
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
           case when batch = 1 then clock_timestamp() + work.backoff(attempt) else timestamptz '-infinity' end
    from changed where state = 'ready'
  )
  select count(*) into n from changed;
  return n;
end $$;
comment on function work.reap is 'Take back the leases of workers that died; a unit that was alone with one pays an attempt.';

-- Units leave the queue, whoever may have them; a late answer finds its lease gone. The caller holds the resolver's row,
-- so nothing new is made ready; but a lease may come back into the queue between two looks.
create function work.call_off(p_units bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
  loop
    delete from work.ready where unit_id = any(p_units);
    perform from work.lease l where l.unit_id = any(p_units) order by l.unit_id for update;
    with gone as (
      delete from work.lease l where l.unit_id = any(p_units) returning l.*
    )
    insert into work.execution (unit_id, attempt, token, worker_id, started_at, outcome, error_class, error)
    select unit_id, u.attempt, g.token, g.worker_id, g.acquired_at, 'lost', 'CalledOff', 'something that it takes in is made anew'
    from gone g join work.unit u using (unit_id);
    exit when not exists (select from work.ready where unit_id = any(p_units))
      and not exists (select from work.lease where unit_id = any(p_units));
  end loop;
end $$;
comment on function work.call_off is 'Take units out of the queue and out of the hands of workers.';

-- What took these units in softly is not complete any more: it waits and runs once more, and so does what needed that.
-- Every edge is walked once, from a unit that had ended and was read, so `unmet` grows by what the resolver will take off.
create function work.reopen(p_units bigint[]) returns void
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
          state = case when u.state in ('dead', 'blocked') then u.state else 'waiting' end,
          max_attempts = case when u.state in ('dead', 'blocked', 'waiting') then u.max_attempts else u.attempt + 3 end
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
create function work.retry(p_units bigint[]) returns int
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
    -- Something else keeps these from running: it is dead, or blocked by what is not retried now.
    select b.unit_id from below b join work.dependency d on d.unit_id = b.unit_id join work.unit p on p.unit_id = d.needs
    where not d.soft and (p.state = 'dead' or p.state = 'blocked' and p.unit_id not in (select unit_id from below))
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

-- Integer edges, indexed both ways: a recursive walk is enough, no closure table is kept.
create function registry.upstream(p_datasets bigint[]) returns table (dataset_id bigint, depth int)
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
create function registry.is_bad(p_dataset bigint) returns boolean
language sql stable set search_path = pg_catalog as $$
  select exists (
    select from registry.mark m
    where m.verdict = 'bad' and m.revoked_at is null and (
      m.dataset_id = p_dataset
      or exists (
        select from registry.dataset d join registry.quantum q using (quantum_id)
        where d.dataset_id = p_dataset and (q.task_version_id = m.task_version_id or q.config_id = m.config_id))))
$$;
comment on function registry.is_bad is 'Whether a dataset, its code or its configuration carries a bad mark.';

-- Parquet files become a partition in four steps: open, stage (COPY), verify, publish. Killed anywhere, a replay ends the same.
create function ingest.staged_name(p_target text, p_load bigint, p_token bigint) returns text
language sql immutable set search_path = pg_catalog as $$
  select format('%s_l%s_t%s', p_target, p_load, p_token)
$$;
comment on function ingest.staged_name is 'Name of the table that the holder of a token stages a load in: a late stager can never touch another one''s.';

create function ingest.caller() returns text
language sql stable set search_path = pg_catalog as $$
  select case when current_setting('role') = 'none' then session_user::text else current_setting('role') end
$$;
comment on function ingest.caller is 'Role that called, also within a function that runs as its owner.';

-- A load that was opened and left holds its datasets until somebody else opens them; from then on it is refused.
create function ingest.take_over(p_load bigint, p_target text, p_datasets bigint[]) returns void
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

create function ingest.open_load(p_target text, p_run int, p_datasets bigint[], p_definition bytea)
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
  on conflict (target, manifest_digest) do nothing returning l.load_id, l.state into load_id, state;
  if load_id is null then
    select l.load_id, l.state into load_id, state from ingest.load l where l.target = p_target and l.manifest_digest = manifest;
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

create function ingest.stage(p_load bigint, p_token bigint) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
  fresh text;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state is distinct from 'open' then
    raise exception 'load % is %: nothing is staged on it', p_load, coalesce(l.state, 'unknown') using errcode = 'P0I03';
  end if;
  if exists (select from ingest.load_file f where f.load_id = p_load and not f.live) then
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

create function ingest.verify(p_load bigint, p_token bigint) returns bigint
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
  if l.state is distinct from 'open' or l.staged is distinct from part
     or exists (select from ingest.load_file f where f.load_id = p_load and not f.live) then
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

create function ingest.publish(p_load bigint, p_token bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  l ingest.load;
begin
  select * into l from ingest.load where load_id = p_load for update;
  if l.state = 'published' then
    return l.n_rows;
  end if;
  if l.state is distinct from 'open' or l.staged is distinct from ingest.staged_name(l.target, p_load, p_token) or l.n_rows is null
     or exists (select from ingest.load_file f where f.load_id = p_load and not f.live) then
    raise exception 'load % is not verified under this token', p_load using errcode = 'P0I06';
  end if;
  execute format('alter table catalog.%I attach partition catalog_part.%I for values in (%s)', l.target, l.staged, p_load);
  update ingest.load set state = 'published', published_at = clock_timestamp() where load_id = p_load;
  return l.n_rows;
end $$;
comment on function ingest.publish is 'Attach a verified load: its rows become visible, all at once.';

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
from registry.exposure e join registry.physical_filter f using (instrument, physical_filter);
comment on view public.exposure is 'Exposures.';
comment on column public.exposure.instrument is 'Instrument.';
comment on column public.exposure.exposure is 'Exposure id, unique per instrument.';
comment on column public.exposure.visit is 'Visit that it belongs to.';
comment on column public.exposure.physical_filter is 'Filter in the camera''s own words.';
comment on column public.exposure.band is 'Abstract band.';
comment on column public.exposure.day_obs is 'Observing night, YYYYMMDD.';
comment on column public.exposure.obs_start_mjd_tai is 'Opening of the shutter, MJD (TAI) [d].';
comment on column public.exposure.exp_time is 'Exposure time [s].';

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

create view public.run as
select r.run_id, c.name as run, r.pipeline, r.created_at,
       coalesce(u.n_units, 0) as n_units, coalesce(u.n_waiting, 0) as n_waiting, coalesce(u.n_ready, 0) as n_ready,
       coalesce(u.n_leased, 0) as n_leased, coalesce(u.n_done, 0) as n_done, coalesce(u.n_reused, 0) as n_reused,
       coalesce(u.n_dead, 0) as n_dead, coalesce(u.n_blocked, 0) as n_blocked,
       coalesce(u.n_waiting + u.n_ready + u.n_leased, 0) = 0 as ended
from registry.run r
join registry.collection c on c.collection_id = r.run_id
left join lateral (
  select count(*) as n_units,
         count(*) filter (where state = 'waiting') as n_waiting, count(*) filter (where state = 'ready') as n_ready,
         count(*) filter (where state = 'leased') as n_leased, count(*) filter (where state = 'done') as n_done,
         count(*) filter (where state = 'reused') as n_reused, count(*) filter (where state = 'dead') as n_dead,
         count(*) filter (where state = 'blocked') as n_blocked
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
comment on column public.run.ended is 'Whether nothing waits, is ready or is leased.';

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
comment on column public.work_unit.state is 'waiting, ready, leased, done, reused, dead or blocked.';
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

create view public.reference_star as select dataset_id, refstarid, catalog, ra, dec, raerr, decerr, epochmjdtai, pmra, pmdec, pmraerr, pmdecerr, parallax, parallaxerr, gmag, gmagerr, bpmag, bpmagerr, rpmag, rpmagerr, astrometricexcessnoise, duplicatedsource, _healpix_29 from catalog.reference_star t where exists (select from registry.member m where m.dataset_id = t.dataset_id and m.until = 'infinity');
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

create view public.source as select dataset_id, sourceid, instrument, visit, detector, band, physical_filter, midpointmjdtai, x, y, xerr, yerr, ra, dec, raerr, decerr, ra_dec_cov, psfflux, psffluxerr, psfflux_instflux, psfflux_instfluxerr, psfflux_chi2, psfflux_flag, psfflux_flag_edge, psfflux_flag_nogoodpixels, ap03flux, ap03fluxerr, ap03flux_flag, ap06flux, ap06fluxerr, ap06flux_flag, ap09flux, ap09fluxerr, ap09flux_flag, ap12flux, ap12fluxerr, ap12flux_flag, ap17flux, ap17fluxerr, ap17flux_flag, apflux_12_0_instflux, apflux_12_0_instfluxerr, sky, skyerr, footprintarea_value, centroid_flag, pixelflags_bad, pixelflags_cr, pixelflags_edge, pixelflags_interpolated, pixelflags_nodata, pixelflags_saturated, pixelflags_saturatedcenter, pixelflags_suspect, calib_psf_candidate, calib_psf_used, calib_astrometry_used, calib_photometry_used, _healpix_29 from catalog.source t;
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

create view public.visit as select dataset_id, instrument, visit, physical_filter, band, day_obs, ra, dec, skyrotation, azimuth, altitude, zenithdistance, airmass, exptime, expmidptmjd, obsstartmjd, expmidpt, obsstart, target_name, science_program from catalog.visit t;
comment on view public.visit is 'Visits: one pointing of the telescope each, as the headers of the raw exposures tell. Names follow Visit of LSST Data Preview 1. Missing numbers are NaN, never NULL.';
comment on column public.visit.dataset_id is 'Dataset (Parquet file, or raw file for visits) that the row comes from: the way to its lineage.';
comment on column public.visit.instrument is 'Short name of the camera, e.g. DECam. Visit and detector numbers are unique within it. (meta.id;instr)';
comment on column public.visit.visit is 'Number of the visit (one pointing of the telescope), unique within the instrument. (meta.id;obs.image)';
comment on column public.visit.physical_filter is 'Name of the filter in the beam, as the instrument calls it. (meta.id;instr.filter)';
comment on column public.visit.band is 'Short name of the passband, independent of the instrument, e.g. r. (instr.bandpass)';
comment on column public.visit.day_obs is 'Observing night as the instrument counts it, written as the number YYYYMMDD. (meta.id;time.epoch)';
comment on column public.visit.ra is 'Right ascension of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.ra;meta.main)';
comment on column public.visit.dec is 'Declination of the center of the focal plane, ICRS. NaN when not known. [deg] (pos.eq.dec;meta.main)';
comment on column public.visit.skyrotation is 'Position angle of the +y axis of the focal plane, from north through east. NaN when not known. [deg] (pos.posAng)';
comment on column public.visit.azimuth is 'Azimuth of the center of the focal plane in the middle of the visit, from north through east. NaN when not known. [deg] (pos.az.azi)';
comment on column public.visit.altitude is 'Altitude of the center of the focal plane in the middle of the visit, without refraction. NaN when not known. [deg] (pos.az.alt)';
comment on column public.visit.zenithdistance is 'Zenith distance of the center of the focal plane in the middle of the visit: 90 - altitude. NaN when not known. [deg] (pos.az.zd)';
comment on column public.visit.airmass is 'Airmass at the center of the focal plane in the middle of the visit. NaN when not known. [dimensionless] (obs.airMass)';
comment on column public.visit.exptime is 'Time for which a pixel collected light. Never NaN. [s] (time.duration;obs.exposure)';
comment on column public.visit.expmidptmjd is 'Middle of the visit, MJD in TAI. Never NaN. [d] (time.epoch;obs.exposure)';
comment on column public.visit.obsstartmjd is 'Start of the visit, MJD in TAI. Never NaN. [d] (time.start;obs.exposure)';
comment on column public.visit.expmidpt is 'Middle of the visit as a calendar date, in UTC; expMidptMJD is the exact time, in TAI. (time.epoch;obs.exposure)';
comment on column public.visit.obsstart is 'Start of the visit as a calendar date, in UTC; obsStartMJD is the exact time, in TAI. (time.start;obs.exposure)';
comment on column public.visit.target_name is 'Name of the target or field, as the observer wrote it; empty when there is none. (meta.id;obs.field)';
comment on column public.visit.science_program is 'Observing program that the visit belongs to; empty when there is none. (meta.id;obs.proposal)';

create view public.visit_detector as select dataset_id, instrument, visit, detector, physical_filter, band, ra, dec, pixelscale, exptime, expmidptmjd, obsstartmjd, xsize, ysize, llcra, llcdec, ulcra, ulcdec, urcra, urcdec, lrcra, lrcdec, pixelunit, zeropoint, zeropointerr, zeropointscatter, nphotometrystar, photometry_flag_fewstandards, photometry_flag_fromheader, astromoffsetmean, astromoffsetstd, astromrarms, astromdecrms, nastrometrystar, astrometry_flag_fewstandards, astrometry_flag_noreference, psfsigma, seeing, psffwhm, psfe1, psfe2, npsfstar, psf_flag_fewstars, skybg, skynoise, maglim, nsource, _healpix_29 from catalog.visit_detector t;
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
comment on column public.visit_detector.psfsigma is 'Determinant radius (fourth root of the determinant of the second moments) of the PSF model at the center of the image. NaN when there is no PSF model. [pixel] (instr.det.psf)';
comment on column public.visit_detector.seeing is 'Full width at half maximum of the PSF: psfFwhm times pixelScale. NaN when there is no PSF model or no coordinates. [arcsec] (instr.obsty.seeing)';
comment on column public.visit_detector.psffwhm is 'Full width at half maximum of a two-dimensional Gaussian fitted to the stars. NaN when there are no stars. [pixel] (instr.det.psf;stat.fwhm)';
comment on column public.visit_detector.psfe1 is 'Ellipticity of the PSF model along the pixel axes, distortion convention: (Ixx - Iyy) / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.psfe2 is 'Ellipticity of the PSF model along the diagonals, distortion convention: 2 Ixy / (Ixx + Iyy). NaN when there is no PSF model. [dimensionless] (src.ellipticity;instr.det.psf)';
comment on column public.visit_detector.npsfstar is 'Number of stars in the final fit of the PSF model. [dimensionless] (meta.number;src.calib)';
comment on column public.visit_detector.psf_flag_fewstars is 'True when too few stars were found to model the PSF. (meta.code.qual)';
comment on column public.visit_detector.skybg is 'Average of the background model per pixel, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (instr.skyLevel)';
comment on column public.visit_detector.skynoise is 'Rms of a pixel about the background model, in the pixel unit of the image (visit_detector.pixelUnit), for which the unit count stands. NaN when no pixel is usable. [count] (stat.rms;instr.skyLevel)';
comment on column public.visit_detector.maglim is 'AB magnitude of a point source whose PSF flux is 5 times its error, from skyNoise and the PSF. NaN when the image has no zero point or no PSF model. [mag] (instr.sensitivity;phot.mag)';
comment on column public.visit_detector.nsource is 'Number of rows that the image has in the source catalog. [dimensionless] (meta.number;src)';
comment on column public.visit_detector._healpix_29 is 'Nested HEALPix pixel of order 29 that holds ra and dec; -1 when there is none. The files are sorted by it. (pos.healpix)';

