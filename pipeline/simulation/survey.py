"""What a survey consists of: its camera, and the frames to make."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.cameras.camera import Camera, Detector, load_cameras
from pipeline.simulation.config import SurveyConfig, read_survey
from pipeline.simulation.errors import BadSurvey, NothingToSimulate
from pipeline.simulation.exposures import Exposure, NeverUp, exposures
from pipeline.simulation.rawfile import file_name, file_size
from schema.canonical import digest
from schema.catalog.definition import definition
from schema.catalog.definition import digest as definition_digest
from schema.code import code_digest

FOLLOWED = ("pipeline.simulation", "ingest.cameras.initial_wcs")
# What a frame depends on beside its exposure; a calibration sees nothing of the sky.
ALWAYS = {"seed", "effects"}
CAMERA = {"name", "pixel_scale", "field_radius", "parity", "filters"}
SKY = {"sky", "site", "filters", "conditions", "nights"}


@dataclass(frozen=True)
class Wanted:
    """A frame to make.

    Attributes
    ----------
    name
        Of its file.
    size
        Of its file (bytes).
    """

    exposure: Exposure
    detector: Detector
    name: str
    size: int

    @property
    def truth(self) -> str:
        """Name of the file with the truth of what is on it; '' for calibrations."""
        return f"{Path(self.name).stem}.parquet" if self.exposure.observation_type == "science" else ""


@dataclass(frozen=True)
class Survey:
    """A survey that can be simulated."""

    config: SurveyConfig
    camera: Camera
    exposures: tuple[Exposure, ...]

    @property
    def detectors(self) -> list[Detector]:
        """Give the detectors to simulate."""
        chosen = self.config.detectors
        return [one for one in self.camera.detectors if not chosen or one.number in chosen]

    def frames(self, only: Sequence[str] = ()) -> list[Wanted]:
        """Give the frames of some types of observation, or of all, detector by detector.

        Raises
        ------
        NothingToSimulate
            Raised if there are none.
        """
        chosen = [one for one in self.exposures if not only or one.observation_type in only]
        if not chosen:
            types = tuple(dict.fromkeys(one.observation_type for one in self.exposures))
            raise NothingToSimulate(self.config.name, tuple(only), types)
        return list(self._frames(chosen))

    def _frames(self, chosen: Sequence[Exposure]) -> Iterator[Wanted]:
        for detector in self.detectors:
            size = file_size(self.camera, detector)
            for exposure in chosen:
                yield Wanted(exposure, detector, file_name(self.camera, exposure, detector), size)

    def recipe(self, wanted: Wanted) -> str:
        """Give the identity of a frame's pixels, hexadecimal: the same recipe gives the same file."""
        exposure = asdict(wanted.exposure) | {"begin": wanted.exposure.begin.isoformat()}
        parts = ALWAYS | SKY if wanted.truth else ALWAYS
        said = {
            "code": code("truth_source").hex() if wanted.truth else code().hex(),
            "camera": self.camera.model_dump(mode="json", include=CAMERA),
            "layouts": {name: one.model_dump(mode="json") for name, one in self.camera.amplifiers.items()},
            "detector": wanted.detector.model_dump(mode="json"),
            "config": self.config.model_dump(mode="json", include=parts),
            "exposure": exposure,
        }
        return digest(said).hex()


def code(*tables: str) -> bytes:
    """Give the digest of the code that makes frames, and of tables of the truth."""
    definitions = tuple(definition_digest(definition(name)) for name in tables)
    return code_digest("pipeline.simulation.making", FOLLOWED, definitions=definitions)


def read(path: Path) -> Survey:
    """Read a survey, and find its camera.

    Raises
    ------
    BadSurvey
        Raised if the file cannot be used, or asks for what the camera does not have.
    """
    config = read_survey(path)
    camera = load_cameras().get(config.camera)
    if camera is None:
        raise BadSurvey(path, f"camera: {config.camera!r} is not defined; choose one of {', '.join(load_cameras())}")
    if problem := _misfit(config, camera):
        raise BadSurvey(path, problem)
    try:
        return survey_of(config, camera)
    except NeverUp as error:
        raise BadSurvey(path, str(error)) from error


def survey_of(config: SurveyConfig, camera: Camera) -> Survey:
    """Plan the exposures of a survey with a camera that has what it asks for.

    Raises
    ------
    NeverUp
        Raised if the field does not rise high enough.
    """
    return Survey(config, camera, tuple(exposures(config, camera)))


def _misfit(config: SurveyConfig, camera: Camera) -> str:
    """Say what a survey asks for that its camera does not have; '' where all is there."""
    for one in camera.detectors:
        if not one.gain or not one.read_noise or one.center is None or one.rotation is None or camera.parity is None:
            return f"camera: {camera.name} cannot be simulated, its definition lacks amplifiers or places of detectors"
        if len({amplifier.raw.shape for amplifier in camera.amplifiers_of(one)}) > 1:
            return f"camera: {camera.name} cannot be simulated, the raw images of its amplifiers differ in size"
    numbers = {one.number for one in camera.detectors}
    if unknown := [number for number in config.detectors if number not in numbers]:
        return f"detectors: {camera.name} has no detector {unknown[0]}"
    if strange := [name for name in config.science.filters if camera.filter(name) is None]:
        return f"science.filters: {camera.name} has no filter {strange[0]!r}"
    return ""
