"""Where the stock translators are right we agree with them, and where they are wrong it is listed here."""

from pathlib import Path
from typing import Any

import pytest
from astro_metadata_translator import DecamTranslator, SdssTranslator
from astro_metadata_translator.translator import MetadataTranslator
from astropy.io import fits

from ingest.cameras.read import read_observations


@pytest.fixture
def frame_header(frame: Path) -> dict[str, Any]:
    """Give the SDSS frame's primary header."""
    return dict(fits.getheader(frame))


def test_decam_agrees_except_for_the_filter(instcal: Path) -> None:
    for path in sorted(instcal.glob("*_ooi_*.fits")):
        (ours,) = read_observations(path)
        with fits.open(path) as hdus:
            stock: Any = DecamTranslator(dict(hdus[0].header) | dict(hdus[1].header))
        assert ours.exposure == stock.to_exposure_id()
        assert ours.visit == stock.to_visit_id()
        assert ours.detector == stock.to_detector_num()
        assert ours.obs_start_mjd_tai == stock.to_datetime_begin().tai.mjd
        assert ours.exp_time == stock.to_exposure_time().value
        assert ours.day_obs == stock.to_observing_day()
        assert (ours.ra, ours.dec) == (stock.to_tracking_radec().icrs.ra.deg, stock.to_tracking_radec().icrs.dec.deg)
        assert (ours.azimuth, ours.altitude) == (stock.to_altaz_begin().az.deg, stock.to_altaz_begin().alt.deg)
        assert ours.airmass == stock.to_boresight_airmass()
        assert ours.sky_rotation == stock.to_boresight_rotation_angle().deg
        assert (ours.target_name, ours.science_program) == (stock.to_object(), stock.to_science_program())
        # Exception: the stock filter is the whole FILTER string.
        assert stock.to_physical_filter().split()[0] == ours.physical_filter != stock.to_physical_filter()


def test_sdss_agrees_where_the_stock_translator_is_right(frame: Path, frame_header: dict[str, Any]) -> None:
    (ours,) = read_observations(frame)
    stock: Any = SdssTranslator(frame_header)
    assert ours.exp_time == stock.to_exposure_time().value
    assert ours.physical_filter == stock.to_physical_filter()
    assert (ours.target_name, ours.science_program) == (stock.to_object(), stock.to_science_program())
    assert stock.to_detector_unique_name() == "g1"


def test_sdss_differs_where_the_stock_translator_is_wrong(frame: Path, frame_header: dict[str, Any]) -> None:
    (ours,) = read_observations(frame)
    stock: Any = SdssTranslator(frame_header)
    assert (stock.to_exposure_id(), ours.exposure) == (94, 9401312)  # all fields of a run collide
    assert (stock.to_detector_num(), ours.detector) == (0, 12)  # numbers of its own
    assert (stock.to_boresight_rotation_angle().deg, ours.sky_rotation) == (0, 89.997)  # SPA is not read
    with pytest.raises(ValueError, match="19/09/98"):  # the old FITS date
        stock.to_datetime_begin()


def test_our_translators_do_not_replace_the_stock_ones() -> None:
    assert MetadataTranslator.translators["DECam"] is DecamTranslator
    assert MetadataTranslator.translators["SDSS"] is SdssTranslator
