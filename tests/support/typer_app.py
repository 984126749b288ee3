"""A command line with the verbs of one folder."""

from collections.abc import Callable

from typer import Typer


def app_of(mount: Callable[[Typer], None]) -> Typer:
    """Give an app with these verbs."""
    app = Typer(pretty_exceptions_enable=False)
    mount(app)
    return app
