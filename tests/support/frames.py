"""The real frames of the repository."""

from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
DECAM = DATA / "decam_ra186.744+25.462" / "instcal"
GAIA = DATA / "decam_ra186.744+25.462" / "gaia_dr2"
SDSS = DATA / "sdss_run94_camcol1_field131"
SDSS_CUT_OUT = DATA / "sdss_run1000_camcol1_field100"
CCDS = DATA / "decam_ra186.744+25.462" / "survey-ccds-1.fits.gz"
PANOPTES = DATA / "panoptes_cygnus"
BASS_177 = DATA / "bass_mzls_ra177.360+59.427"
BASS_352 = DATA / "bass_mzls_ra352.080+0.208"
KIDS = DATA / "kids_gama"
HSC = DATA / "hsc_calexp_small"
SFFT = DATA / "decam_sfft_ra318.4-66.0"
TYCHO2 = DATA / "refcats" / "tycho2"
