"""The page about simulations: its survey can be simulated, its keys are those that there are."""

import re

import pytest
import yaml

from docs.reading import ROOT, fenced
from ingest.cameras.camera import load_cameras
from pipeline.simulation.config import SurveyConfig
from pipeline.simulation.effects import Effects
from pipeline.simulation.survey import survey_of
from pipeline.simulation.world import Conditions, Part, SkyConfig

PAGE = (ROOT / "docs" / "simulation.md").read_text()


def test_the_survey_of_the_page_can_be_simulated() -> None:
    (text,) = fenced(PAGE, "yaml")
    config = SurveyConfig.model_validate(yaml.safe_load(text))
    planned = survey_of(config, load_cameras()[config.camera])
    types = [one.observation_type for one in planned.exposures]
    assert {kind: types.count(kind) for kind in types} == {"bias": 10, "dark": 5, "flat": 60, "science": 16}


@pytest.mark.parametrize(("section", "part"), [("sky", SkyConfig), ("conditions", Conditions), ("effects", Effects)])
def test_every_key_is_explained_and_no_other(section: str, part: type[Part]) -> None:
    table = PAGE.split(f"| key of `{section}` | meaning |\n")[1].split("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines()[1:]]
    assert {word for cell in first for word in re.findall(r"`(\w+)`", cell)} == set(part.model_fields)
