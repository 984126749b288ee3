"""Our translators of headers agree with the stock ones wherever both exist; the exceptions are listed here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from astro_metadata_translator.translator import MetadataTranslator
from astropy.coordinates import EarthLocation
from astropy.coordinates.errors import UnknownSiteException
from astropy.utils import iers

from ingest.headers.cards import read_headers
from ingest.headers.describe import describe_file

HEADERS = [
    "fitsheader-decam-calexp-0412037_10.yaml",
    "fitsheader-decam-raw_dec050441_25.yaml",
    "fitsheader-decam.yaml",
    "fitsheader-hsc.yaml",
    "fitsheader-megaprime-calexp-849375-14.yaml",
    "fitsheader-megaprime.yaml",
    "fitsheader-sdss-fpC-006377-g4-0399.yaml",
]
STOCK: dict[str, Callable[[Any], Any]] = {
    "exposure": lambda stock: stock.to_exposure_id(),
    "detector": lambda stock: stock.to_detector_num(),
    "physical_filter": lambda stock: stock.to_physical_filter(),
    "start": lambda stock: stock.to_datetime_begin().tai.isot,
    "exp_time": lambda stock: float(stock.to_exposure_time().value),
    "airmass": lambda stock: stock.to_boresight_airmass(),
    "ra": lambda stock: float(stock.to_tracking_radec().icrs.ra.deg),
    "dec": lambda stock: float(stock.to_tracking_radec().icrs.dec.deg),
    "object": lambda stock: stock.to_object(),
    "observation_type": lambda stock: stock.to_observation_type(),
}
# (header, quantity): what the stock translator says.
EXCEPTIONS = {
    # All of FILTER, where the first word is the filter's name.
    ("fitsheader-decam.yaml", "physical_filter"): "z DECam SDSS c0004 9260.0 1520.0",
    ("fitsheader-decam-raw_dec050441_25.yaml", "physical_filter"): "g DECam SDSS c0001 4720.0 1520.0",
    # EXTNAME is COMPRESSED_IMAGE; the CCD is EXTVER.
    ("fitsheader-megaprime-calexp-849375-14.yaml", "detector"): 99,
    # RUN: all fields of a run collide.
    ("fitsheader-sdss-fpC-006377-g4-0399.yaml", "exposure"): 6377,
    # A numbering of its own.
    ("fitsheader-sdss-fpC-006377-g4-0399.yaml", "detector"): 15,
    # When row 0 was read, not when its light began to collect.
    ("fitsheader-sdss-fpC-006377-g4-0399.yaml", "start"): "2006-09-20T06:01:22.730",
}


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the stock translators from asking the network where an observatory stands."""

    def unknown(*_: object, **__: object) -> None:
        raise UnknownSiteException("site", "name")

    monkeypatch.setattr(EarthLocation, "of_site", unknown)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", HEADERS)
def test_we_agree_except_where_it_is_listed(corpus: Path, name: str) -> None:
    path = corpus / "astro_metadata_translator" / name
    (ours,) = describe_file(path)
    cards = dict(read_headers(path).headers[0].cards)
    with iers.conf.set_temp("auto_download", False):
        stock = MetadataTranslator.determine_translator(cards)(cards)
        said = {quantity: ask(stock) for quantity, ask in STOCK.items()}
    for quantity, value in said.items():
        own = getattr(ours, quantity)
        if (name, quantity) in EXCEPTIONS:
            assert value == EXCEPTIONS[name, quantity], quantity
            assert own != value, quantity
        else:
            assert own == (pytest.approx(value) if isinstance(value, float) else value), quantity


def test_the_stock_decam_translator_claims_mosaic3_and_we_do_not(corpus: Path) -> None:
    (path,) = corpus.parent.glob("bass_mzls_ra177*/mosaic3/*_ooi_*.fits")
    headers = read_headers(path).headers
    stock: Any = MetadataTranslator.determine_translator({**headers[0].cards, **headers[1].cards})
    assert stock.name == "DECam"  # because FILTER is 'zd DECam k1038'
    (ours,) = describe_file(path)
    assert (ours.instrument, ours.exposure, ours.physical_filter) == ("Mosaic3", 77690, "zd")


def test_the_stock_translators_are_still_registered() -> None:
    assert {"DECam", "HSC", "MegaPrime", "SDSS", "SuprimeCam"} <= MetadataTranslator.translators.keys()
    for name, translator in MetadataTranslator.translators.items():
        assert translator.__module__.startswith("astro_metadata_translator."), name
