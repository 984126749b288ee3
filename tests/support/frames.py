"""The real frames of the repository."""

from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
DECAM = DATA / "decam_ra186.744+25.462" / "instcal"
GAIA = DATA / "decam_ra186.744+25.462" / "gaia_dr2"
SDSS = DATA / "sdss_run94_camcol1_field131"
CCDS = DATA / "decam_ra186.744+25.462" / "survey-ccds-1.fits.gz"
