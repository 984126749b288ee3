"""Where a file carries sums, no changed byte goes unnoticed."""

import bz2
import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

from ingest.cameras.errors import BadExposureFile, DamagedFile
from ingest.cameras.read import read_observations

Edit = Callable[..., Path]
G_IMAGE = "c4d_170329_044212_ooi_g_ls9.N3.fits"


@pytest.fixture
def summed(instcal: Path, edit: Edit) -> Path:
    """Give an InstCal cut-out with CHECKSUM and DATASUM in both HDUs."""
    return edit(instcal / G_IMAGE, {}, checksum=True)


def flip(path: Path, position: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(content)


def test_the_cutouts_carry_no_sums(instcal: Path) -> None:
    for path in instcal.glob("*.fits"):
        with fits.open(path) as hdus:
            assert not any("CHECKSUM" in hdu.header or "DATASUM" in hdu.header for hdu in hdus)


def test_right_sums_are_accepted(instcal: Path, summed: Path) -> None:
    assert fits.getval(summed, "DATASUM", ext=1)
    assert read_observations(summed) == read_observations(instcal / G_IMAGE)


@pytest.mark.parametrize("seed", range(40))
def test_any_flipped_bit_is_found(summed: Path, seed: int) -> None:
    before = read_observations(summed)
    dice = random.Random(seed)
    flip(summed, dice.randrange(summed.stat().st_size), dice.randrange(8))
    try:
        after = read_observations(summed)
    except BadExposureFile:
        return
    # Only a flip in the name of a CHECKSUM card, which then is another card, may pass.
    assert after == before
    with fits.open(summed) as hdus:
        assert not all("CHECKSUM" in hdu.header for hdu in hdus)


def test_a_flipped_pixel_and_a_flipped_header_are_told_apart(summed: Path) -> None:
    flip(summed, summed.stat().st_size - 5000, 3)
    with pytest.raises(DamagedFile, match="HDU 1: DATASUM does not match the data"):
        read_observations(summed)


def test_a_changed_header_is_found(summed: Path) -> None:
    position = summed.read_bytes().index(b"MAGZERO")
    flip(summed, position + 25, 0)
    with pytest.raises(DamagedFile, match="HDU 0: CHECKSUM does not match the bytes"):
        read_observations(summed)


def test_empty_sums_mean_unknown(instcal: Path, edit: Edit) -> None:
    assert read_observations(edit(instcal / G_IMAGE, {"CHECKSUM": "", "DATASUM": ""}))


def test_compressed_tiles_without_sums_are_decoded(instcal: Path, tmp_path: Path) -> None:
    path = tmp_path / G_IMAGE
    with fits.open(instcal / G_IMAGE) as source:
        packed = fits.CompImageHDU(source[1].data, source[1].header, compression_type="GZIP_1")
        fits.HDUList([source[0].copy(), packed]).writeto(path)
    assert read_observations(path) == read_observations(instcal / G_IMAGE)
    flip(path, path.stat().st_size // 2, 0)
    with pytest.raises(DamagedFile, match="a compressed tile cannot be decoded"):
        read_observations(path)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("seed", range(5))
def test_a_changed_compressed_stream_is_found(
    instcal: Path, tmp_path: Path, compress: Callable[[bytes], bytes], seed: int
) -> None:
    path = tmp_path / G_IMAGE
    path.write_bytes(compress((instcal / G_IMAGE).read_bytes()))
    assert read_observations(path) == read_observations(instcal / G_IMAGE)
    dice = random.Random(seed)
    flip(path, dice.randrange(1000, path.stat().st_size - 1000), dice.randrange(8))
    with pytest.raises(DamagedFile, match="its compressed stream is truncated or changed"):
        read_observations(path)


def test_a_truncated_sdss_frame_is_found(frame: Path, tmp_path: Path) -> None:
    path = tmp_path / frame.name
    path.write_bytes(frame.read_bytes()[:-100])
    with pytest.raises(DamagedFile, match="its compressed stream is truncated or changed"):
        read_observations(path)
