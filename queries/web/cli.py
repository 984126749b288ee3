"""The verb of the pages: serve."""

import socket
import webbrowser
from contextlib import suppress
from threading import Timer
from typing import Annotated

import typer

from queries.web.errors import NoPort
from schema.connect import connect
from schema.settings import settings

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets in every machine that reaches it.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8600,
    open_page: Annotated[bool, typer.Option("--open", help="Open the start page in a browser.")] = False,
) -> None:
    """Show the ledger in a browser until Ctrl-C: runs, failures, metrics, images, SQL. It can only read.

    Whoever reaches the address sees everything in the views; by default that is only this machine.

    Example: skyledger serve --port 8600 --open
    """
    import uvicorn

    from queries.web.app import LOOPBACK, create_app

    connect("reader").close()  # what is wrong with the ledger is said here, not on the first page
    app = create_app(settings(), LOOPBACK if host in LOOPBACK else ("*",))
    with _listen(host, port) as listening:
        address = f"http://{host}:{listening.getsockname()[1]}/"
        typer.echo(f"SkyLedger is at {address} (Ctrl-C ends it)")
        if open_page:
            Timer(1.0, webbrowser.open, [address]).start()
        with suppress(KeyboardInterrupt):  # which uvicorn raises again when it has finished
            uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """Open the port; who asks before the server is ready waits a moment and is not refused."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise NoPort(host, port, error.strerror or str(error)) from error


def mount(app: typer.Typer) -> None:
    """Hang this verb on the command line."""
    app.command()(serve)
