"""The verb get: a dataset, or a part of it."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schema.output import Format, show
from schema.settings import settings

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 1000  # rows of a table that are written to the screen at most


def get(
    dataset: Annotated[str, typer.Argument(help="Dataset by uid or key.")],
    columns: Annotated[str | None, typer.Option(help="Columns of a table, e.g. ra,dec,psfFlux.")] = None,
    rows: Annotated[str | None, typer.Option(help="Rows of a table from 0, e.g. 0:100; the end is excluded.")] = None,
    box: Annotated[
        str | None, typer.Option(help="Box of an image: x0:x1,y0:y1 in pixels from 0, or ra,dec,size in degrees.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="New file: .parquet or .csv of a table, .fits of a box.")] = None,
    output: Format = Format.table,
) -> None:
    """Give a dataset or a part of it; the rest of the file is not read.

    Without --to, rows of a table are written to the screen, and of anything else the path of its file.

    Example: skyledger get 63 --columns ra,dec,psfFlux --rows 0:10

    Example: skyledger get 62 --box 186.74,25.46,0.01 --to cutout.fits
    """
    from queries.errors import BadPart
    from queries.get import Part, find_file, read_part
    from queries.get_image import read_box
    from queries.readonly import Limits

    if to is not None and to.exists():
        raise BadPart(str(to), "it exists already: give another name")
    part = Part(columns.split(",") if columns else None, _rows(rows), None, read_box(box) if box else None)
    path, hdu = find_file(dataset, settings(), Limits())
    if to is not None and not part.of_table and part.box is None and to.suffix != ".csv":
        shutil.copyfile(path, to)
        return
    _give(read_part(path, hdu, part), to, output)


def _rows(text: str | None) -> tuple[int, int] | None:
    """Read `first:end`."""
    from queries.errors import BadPart

    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit()):
        raise BadPart("the table", f"{text!r} are no rows: write first:end, e.g. 0:100")
    return int(first), int(last)


def _give(found: Any, to: Path | None, output: Format) -> None:
    """Write what was read to a file, or show it."""
    if isinstance(found, Path):
        typer.echo(found)
    elif not hasattr(found, "column_names"):
        if to is None:
            for hdu in found:
                typer.echo(
                    f"{hdu.name or 'PRIMARY'} {' x '.join(map(str, hdu.shape[::-1])) if hdu.is_image else 'table'}"
                )
        else:
            found.writeto(to)
    elif to is None:
        _show(found, output)
    elif to.suffix == ".csv":
        with to.open("w", newline="") as stream:
            show(found.column_names, _records(found), Format.csv, stream)
    else:
        import pyarrow.parquet as pq

        pq.write_table(found, to, compression="zstd")


def _show(table: "pa.Table", output: Format) -> None:
    show(table.column_names, _records(table.slice(0, SHOWN)), output)
    if table.num_rows > SHOWN:
        typer.echo(
            f"only the first {SHOWN:,} of {table.num_rows:,} rows are shown: give --rows, or --to a file", err=True
        )


def _records(table: "pa.Table") -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def mount(app: typer.Typer) -> None:
    """Hang this verb on the command line."""
    app.command()(get)
