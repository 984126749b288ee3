"""Errors of the pixel code."""


class BadImage(ValueError):
    """An image cannot be calibrated at all.

    Parameters
    ----------
    reason
        What is wrong, as the end of a sentence.
    remedy
        What the caller can do about it, as a sentence.
    """

    def __init__(self, reason: str, remedy: str = "Leave this image out or repair its planes.") -> None:
        super().__init__(f"The image cannot be calibrated: {reason}. {remedy}")
        self.reason = reason
        self.remedy = remedy
