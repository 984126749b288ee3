"""What headers of each instrument say, typed by hand from their keywords."""

from pathlib import Path
from typing import Any

import pytest

from ingest.headers.describe import describe_file

# A position may differ from the keywords' by FK5 against ICRS, 0.03 arcsec.
NEAR = 2e-5
AMT, LSST, CFHT = "astro_metadata_translator", "obs_lsst", "cfht_megacam"

EXPECTED: dict[str, dict[str, Any]] = {
    f"{AMT}/fitsheader-decam-raw_dec050441_25.yaml": {
        "instrument": "DECam",  # INSTRUME DECam
        "exposure": 177764,  # EXPNUM
        "detector": 25,  # CCDNUM
        "detector_name": "S1",  # EXTNAME
        "physical_filter": "g",  # FILTER g DECam SDSS c0001 4720.0 1520.0
        "band": "g",
        "start": "2013-02-13T09:02:15.967",  # DATE-OBS 2013-02-13T09:01:40.966998 UTC, then 35 s before TAI
        "day_obs": 20130212,  # 05:01 in Chile
        "exp_time": 30.0,  # EXPTIME
        "airmass": 1.77,  # AIRMASS
        "ra": (18 + 2 / 60 + 42.907 / 3600) * 15,  # TELRA 18:02:42.907
        "dec": -(23 + 46 / 60 + 59.898 / 3600),  # TELDEC -23:46:59.898
        "object": "Trifid and Lagoon",  # OBJECT
        "observation_type": "science",  # OBSTYPE object
    },
    "misc/fitsheader-DECam_00154912_12_header.fits": {  # DES
        "instrument": "DECam",  # INSTRUME DECam
        "exposure": 154912,  # EXPNUM
        "detector": 12,  # CCDNUM
        "detector_name": "S24",  # of CCDNUM; there is no EXTNAME
        "physical_filter": "Y",  # FILTER Y DECam c0005 10095.0 1130.0
        "band": "y",
        "start": "2012-11-24T03:38:00.024",  # DATE-OBS 2012-11-24T03:37:25.023964 UTC
        "day_obs": 20121123,
        "exp_time": 50.0,  # EXPTIME
        "airmass": 1.48,  # AIRMASS
        "ra": (6 + 58 / 60 + 48.918 / 3600) * 15,  # TELRA 06:58:48.918
        "dec": -(55 + 57 / 60 + 6.394 / 3600),  # TELDEC -55:57:06.394
        "object": "Bullet Cluster",  # OBJECT
        "observation_type": "red",  # OBSTYPE
    },
    f"{AMT}/fitsheader-hsc.yaml": {
        "instrument": "HSC",  # EXP-ID begins with HSC
        "exposure": 904024,  # EXP-ID HSCA90402400
        "detector": 50,  # DET-ID
        "physical_filter": "HSC-I",  # FILTER01 HSC-i
        "band": "i",
        "start": "2013-11-02T06:16:30.908",  # DATE-OBS 2013-11-02, UT-STR 06:15:55.908
        "day_obs": 20131101,  # 20:16 in Hawaii
        "exp_time": 30.0,  # EXPTIME
        "airmass": 1.121626027604189,  # AIRMASS
        "ra": (21 + 22 / 60 + 59.982 / 3600) * 15,  # RA2000 21:22:59.982
        "dec": 0.5 + 0.07 / 3600,  # DEC2000 +00:30:00.07
        "object": "STRIPE82L",  # OBJECT
        "observation_type": "science",  # DATA-TYP OBJECT
    },
    f"{AMT}/fitsheader-megaprime.yaml": {
        "instrument": "MegaPrime",  # INSTRUME
        "exposure": 1038843,  # EXPNUM
        "detector": 2,  # EXTVER; EXTNAME is ccd02
        "detector_name": "ccd02",
        "physical_filter": "i.MP9702",  # FILTER
        "band": "i",
        "start": "2008-11-01T14:34:05.400",  # DATE-OBS 2008-11-01, UTC-OBS 14:33:32.40; 33 s
        "day_obs": 20081031,  # 04:34 in Hawaii
        "exp_time": 615.037,  # EXPTIME
        "airmass": 1.269,  # AIRMASS
        "ra": 135.409417,  # RA_DEG
        "dec": -2.4,  # DEC_DEG
        "object": "w2.+2+2",  # OBJECT
        "observation_type": "science",  # OBSTYPE OBJECT
    },
    f"{CFHT}/2463857d.fits.header.gz": {  # its first CCD
        "hdu": "HDU 1",
        "instrument": "MegaPrime",
        "exposure": 2463857,  # OBSID
        "detector": 0,  # EXTVER
        "detector_name": "ccd00",  # EXTNAME
        "physical_filter": "CaHK.MP9303",  # FILTER
        "band": "CaHK",  # a narrow filter
        "exp_time": 1000.0,  # EXPTIME
        "object": "Zenith",  # OBJECT
        "observation_type": "dark",  # OBSTYPE DARK
    },
    f"{AMT}/fitsheader-sdss-fpC-006377-g4-0399.yaml": {
        "instrument": "SDSS",  # ORIGIN SDSS, TELESCOP 2.5m, CCDMODE DRIFT
        "exposure": 637703992,  # RUN 6377, field 399 (FRAME 407 is of g: 8 later), g is the second filter
        "detector": 42,  # CAMCOL 4, g
        "detector_name": "g4",
        "physical_filter": "g",  # FILTER
        "band": "g",
        "start": "2006-09-20T06:00:28.823",  # TAIHMS 06:01:22.73 on DATE-OBS, less EXPTIME
        "day_obs": 20060919,  # 23:00 in New Mexico
        "exp_time": 53.907456,  # EXPTIME, a text
        "airmass": pytest.approx(1.2052, abs=1e-4),  # ALT 56.074786
        "ra": 352.27586,  # RA
        "dec": 0.0,  # DEC
        "object": "82 S",  # OBJECT
        "observation_type": "science",  # FLAVOR
    },
    f"{LSST}/latiss-AT_O_20230705_000379_R00_S00.json": {
        "instrument": "LATISS",  # INSTRUME
        "exposure": 2023070500379,  # DAYOBS 20230705, SEQNUM 379; CONTRLLR O adds nothing
        "detector": 0,
        "detector_name": "R00_S00",  # RAFTBAY, CCDSLOT
        "physical_filter": "empty_1",  # FILTER
        "band": "white",
        "start": "2023-07-06T04:56:01.913",  # DATE-BEG, TIMESYS TAI
        "day_obs": 20230705,  # DAYOBS
        "exp_time": 30.0,  # EXPTIME
        "airmass": 1.0391822914647533,  # AMSTART
        "ra": 272.1186216000001,  # RA
        "dec": -21.25310639,  # DEC
        "object": "HD165763",  # OBJECT
        "observation_type": "science",  # IMGTYPE OBJECT
    },
    f"{LSST}/latiss-AT_O_20191113_000061.yaml": {
        "instrument": "LATISS",
        "exposure": 2019111300061,  # DAYOBS, SEQNUM
        "start": "",  # DATE-BEG 1970-01-01T00:00:08.000
        "exp_time": 0.5,  # EXPTIME
        "ra": 270.0,  # RA 4.71238898038469, in radians that year
        "dec": -20.0,  # DEC -0.349065850398866
        "remark": "DATE-OBS, MJD-OBS is '1970-01-01T00:00:08.000, 40587.0000925935', not one date, from 1980 to 2100",
    },
    f"{LSST}/comCam-CC_C_20190526_000223_R22_S01.yaml": {
        "instrument": "LSSTComCam",  # INSTRUME LSST_CAMERA, but OBSID begins with CC
        "exposure": 3019052600223,  # DAYOBS 20190526, SEQNUM 223; CONTRLLR C adds 1000 years
        "detector": 1,
        "detector_name": "R22_S01",  # RAFTBAY, CCDSLOT
        "physical_filter": "",  # no FILTER
        "start": "2019-05-26T08:08:09.489",  # DATE-OBS
        "day_obs": 20190526,  # DAYOBS
        "exp_time": 0.0,  # EXPTIME
        "ra": None,  # no RA
        "observation_type": "bias",  # IMGTYPE BIAS
    },
    f"{LSST}/comCamSim-IM_P_20240117_000000_R22_S00.yaml": {
        "instrument": "LSSTComCamSim",  # INSTRUME ComCamSim
        "exposure": 5024011700000,  # DAYOBS 20240117, SEQNUM 0; CONTRLLR P adds 3000 years
        "detector": 0,  # RAFTBAY R22, CCDSLOT S00
        "physical_filter": "r_03",  # FILTER
        "band": "r",
        "start": "2024-01-17T00:00:00.000",  # DATE-OBS, TIMESYS TAI
        "airmass": 1.3680456183164553,  # AMSTART
        "ra": 199.68134610137426,  # RA
        "dec": -34.544668655603914,  # DEC
        "observation_type": "bias",  # IMGTYPE bias
    },
    f"{LSST}/lsstCam-MC_C_20190322_000002_R10_S22.yaml": {
        "instrument": "LSSTCam",  # INSTRUME lsstCam
        "exposure": 3019032200002,  # DAYOBS 20190322, SEQNUM 2, CONTRLLR C
        "detector": 35,  # R10 is the fourth raft of 9, S22 its last slot
        "detector_name": "R10_S22",
        "physical_filter": "SDSSi",  # FILTER
        "band": "i",
        "start": "2019-03-22T15:31:01.904",  # DATE-OBS
        "exp_time": 1.0,  # EXPTIME
        "observation_type": "flat",  # IMGTYPE FLAT
    },
    f"{AMT}/visit_info.yaml": {  # of an image that LSST's pipelines wrote
        "instrument": "LSSTCam",  # INSTRUMENT
        "exposure": 2025052000177,  # DAYOBS, SEQNUM; as LSST BUTLER DATAID VISIT
        "detector": 85,  # RAFTBAY R21, CCDSLOT S11; as LSST BUTLER DATAID DETECTOR
        "band": "r",  # FILTER r_57, FILTBAND r
        "start": "2025-05-21T01:31:05.177",  # DATE-BEG, TIMESYS TAI
        "exp_time": 30.0011086463928,  # EXPTIME
        "airmass": 1.5594039765794,  # AMSTART
        "ra": 150.195749104917,  # RA
        "object": "COSMOS",  # OBJECT
    },
    f"{LSST}/lsstCamSim-MC_S_20240321_000720_R22_S11.yaml": {
        "instrument": "LSSTCamSim",  # INSTRUME
        "exposure": 7024032100720,  # DAYOBS 20240321, SEQNUM 720; CONTRLLR S adds 5000 years
        "detector": 94,  # R22 is the eleventh raft, S11 its fifth slot
        "physical_filter": "r_57",  # FILTER
        "band": "r",
        "airmass": 1.288998705754184,  # AMSTART
        "ra": 250.07661821814654,  # RA
        "dec": 1.9776604368351238,  # DEC
        "observation_type": "science",  # IMGTYPE SKYEXP
    },
    f"{LSST}/imsim-flats-lsst_a_5000007_R11_S20_i.yaml": {
        "instrument": "LSSTCam-imSim",  # TESTTYPE IMSIM
        "exposure": 5000007,  # OBSID
        "detector": 42,
        "detector_name": "R11_S20",  # CHIPID
        "physical_filter": "i",  # FILTER
        "start": "2022-08-06T06:50:59.338",  # MJD-OBS 59797.285409; DATE-OBS says the same
        "day_obs": 20220805,
        "ra": 31.1133844,  # RATEL
        "dec": -10.097006,  # DECTEL
        "observation_type": "flat",  # IMGTYPE FLAT
    },
    f"{LSST}/phosim-hdu1-lsst_a_204595_f3_R11_S02_E000.yaml": {
        "instrument": "LSSTCam-PhoSim",  # CREATOR PHOSIM
        "exposure": 204595,  # OBSID
        "detector": 38,
        "detector_name": "R11_S02",  # CHIPID
        "band": "i",  # FILTER
        "start": "2022-10-05T06:53:11.357",  # MJD-OBS 59857.286937
        "airmass": 1.01051444909673,  # AIRMASS
        "ra": 55.6775988587027,  # RA_DEG
        "dec": -30.4423935708909,  # DEC_DEG
    },
    f"{LSST}/ts3-ITL-3800C-098_lambda_flat_1000_067_20160722020740.yaml": {
        "instrument": "LSST-TS3",  # TSTAND BNL-TS3-2-Janeway
        "exposure": 201607220607067,  # DATE-OBS 2016-07-22T06:07:06.784 to a tenth of a second
        "detector": None,
        "detector_name": "ITL-3800C-098",  # LSST_NUM
        "physical_filter": "550CutOn",  # FILTER
        "start": "2016-07-22T06:07:42.784",  # DATE-OBS, UTC; 36 s
        "day_obs": 20160722,
        "exp_time": 30.611,  # EXPTIME
        "observation_type": "flat",  # IMGTYPE FLAT
    },
    f"{LSST}/ts8-E2V-CCD250-200-Dev_lambda_flat_0700_6006D_20180724102845.yaml": {
        "instrument": "LSST-TS8",  # TSTAND TS8
        "exposure": 201807241028453,  # DATE-OBS 2018-07-24T10:28:45.342
        "detector_name": "E2V-CCD250-200",  # LSST_NUM E2V-CCD250-200-Dev
        "exp_time": 21.913,  # EXPTIME
        "observation_type": "flat",  # IMGTYPE FLAT
    },
    f"{LSST}/ts8-TS_C_20230525_000041_R22_S00.yaml": {
        "instrument": "LSST-TS8",  # INSTRUME LSST-TS8, TSTAND TS8
        "exposure": 3023052500041,  # DAYOBS 20230525, SEQNUM 41, CONTRLLR C
        "detector_name": "R22_S00",  # RAFTBAY, CCDSLOT
        "start": "2023-05-25T17:45:19.715",  # DATE-BEG, TIMESYS TAI
        "day_obs": 20230525,  # DAYOBS
    },
    f"{LSST}/UCD-ITL-3800C-TS_C_20230730_000237_R22_S01.yaml": {
        "instrument": "LSST-UCDCam",  # INSTRUME LSST-UCDCam-ITL
        "exposure": 3023073000237,  # DAYOBS 20230730, SEQNUM 237, CONTRLLR C
        "detector": 1,  # CCDSLOT S01
        "band": "r",  # FILTER
        "start": "2023-07-30T22:24:43.581",  # DATE-OBS 2023-07-30T22:24:06.581, UTC; 37 s
        "exp_time": 2.0,  # EXPTIME
        "observation_type": "flat",  # IMGTYPE FLAT
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_header_says(corpus: Path, name: str) -> None:
    described = describe_file(corpus / name)[0]
    for quantity, value in EXPECTED[name].items():
        wanted = pytest.approx(value, abs=NEAR) if quantity in ("ra", "dec") and value is not None else value
        assert getattr(described, quantity) == wanted, quantity


def test_all_ccds_of_a_dump_begin_when_its_keywords_say(corpus: Path) -> None:
    """DATE-OBS 2019-12-04, UTC-OBS 16:39:33.67, 37 s before TAI; in Hawaii it is 6:39, in the night of the 3rd."""
    described = describe_file(corpus / CFHT / "2463857d.fits.header.gz")
    assert {(one.start, one.day_obs) for one in described} == {("2019-12-04T16:40:10.670", 20191203)}
