"""Errors of instrument signature removal."""


class IsrError(ValueError):
    """The instrument signature cannot be removed."""


class BadAmplifier(IsrError):
    """The pixels or the calibration of an amplifier cannot be used.

    Parameters
    ----------
    amplifier
        Its name.
    problem
        What is wrong, as the end of a sentence that begins with the amplifier.
    remedy
        What to do about it, as a sentence without its full stop.
    """

    def __init__(self, amplifier: str, problem: str, remedy: str) -> None:
        super().__init__(f"amplifier {amplifier} {problem}: {remedy}")
        self.amplifier, self.problem, self.remedy = amplifier, problem, remedy


class BadFrame(IsrError):
    """A calibration frame has another size (ny, nx) than the detector."""

    def __init__(self, name: str, shape: tuple[int, ...], wanted: tuple[int, int]) -> None:
        sizes = [" x ".join(map(str, reversed(one))) for one in (shape, wanted)]
        super().__init__(f"the {name} has {sizes[0]} pixels and the detector {sizes[1]}: make it anew")
        self.name, self.shape, self.wanted = name, shape, wanted


class NoDarkTime(IsrError):
    """A frame without dark time and exposure time, from which a dark is to be subtracted."""

    def __init__(self) -> None:
        super().__init__("neither dark time nor exposure time is known: correct the header, or set do_dark to false")


class BadDefect(IsrError):
    """A row (from 0) of the defects that does not describe a part of the detector."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(f"defect {row}: {problem}: correct the table of defects")
        self.row, self.problem = row, problem
