"""What can be wrong with a survey to simulate, one sentence each."""

from pathlib import Path

from schema.errors import SkyledgerError


class BadSurvey(SkyledgerError):
    """A description of a survey that cannot be simulated."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{path}: {problem}")


class NothingToSimulate(SkyledgerError):
    """No exposure of a survey is of the types that were asked for."""

    def __init__(self, survey: str, asked: tuple[str, ...], known: tuple[str, ...]) -> None:
        self.survey, self.asked, self.known = survey, asked, known
        super().__init__(
            f"the survey {survey} has no exposures of type {', '.join(asked)}; it has {', '.join(known) or 'none'}"
        )
