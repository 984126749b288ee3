"""The face: `import skyledger` in a notebook, `skyledger …` on the command line; it only assembles."""


def main() -> None:
    """Run the command line."""
