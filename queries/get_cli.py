"""The verb get: a dataset, or a part of it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schema.output import Format, show
from schema.settings import settings

if TYPE_CHECKING:
    import pyarrow as pa

    from queries.get import Part

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
    if to is None:
        _say(path, hdu, part, output)
        return
    _refuse_suffix(to, path, part)
    with _appearing(to) as new:
        if part.of_table or part.box is not None or to.suffix not in ("", path.suffix):
            _write(read_part(path, hdu, part), new)
        else:
            shutil.copyfile(path, new)


def _rows(text: str | None) -> tuple[int, int] | None:
    """Read `first:end`."""
    from queries.errors import BadPart

    if text is None:
        return None
    first, colon, last = text.partition(":")
    if not (colon and first.isdigit() and last.isdigit()):
        raise BadPart("the table", f"{text!r} are no rows: write first:end, e.g. 0:100")
    return int(first), int(last)


def _refuse_suffix(to: Path, path: Path, part: "Part") -> None:
    """Refuse a name that says another format than what would be written."""
    from queries.errors import BadPart

    if path.suffix == ".parquet":
        known = [".parquet", ".csv"]
    else:
        known = [".fits"] if part.box is not None else list(dict.fromkeys([path.suffix, ".fits"]))
    if to.suffix not in known:
        raise BadPart(str(to), f"the dataset is written as {' or '.join(known)}: give such a name")


@contextmanager
def _appearing(to: Path) -> Iterator[Path]:
    """Give a file to write that has its name when it is whole."""
    new = to.with_name(f".part-{to.name}")
    try:
        yield new
        new.rename(to)
    finally:
        new.unlink(missing_ok=True)


def _write(found: Any, new: Path) -> None:
    """Write a table, or a box of an image."""
    if not hasattr(found, "column_names"):
        found.writeto(new, overwrite=True)
    elif new.suffix == ".csv":
        from pyarrow import ArrowInvalid, csv

        from queries.errors import BadPart

        try:
            csv.write_csv(found, new, csv.WriteOptions(quoting_style="needed", quoting_header="none"))
        except ArrowInvalid as error:
            raise BadPart(new.name.removeprefix(".part-"), f"CSV cannot hold it ({error}): give .parquet") from error
    else:
        import pyarrow.parquet as pq

        pq.write_table(found, new, compression="zstd")


def _say(path: Path, hdu: str, part: "Part", output: Format) -> None:
    """Write rows of a table to the screen, and no more are read; the parts of a box, or the path of what is whole."""
    from queries.get import read_part

    n = 0
    if path.suffix == ".parquet" and part.box is None:
        import pyarrow.parquet as pq

        first, last = part.rows or (0, pq.read_metadata(path).num_rows)
        n = min(last, pq.read_metadata(path).num_rows) - first
        part = replace(part, rows=(first, min(last, first + SHOWN)))
    found = read_part(path, hdu, part)
    if isinstance(found, Path):
        typer.echo(found)
    elif isinstance(found, list):
        for plane in found:
            shape = " x ".join(map(str, plane.shape[::-1])) if plane.is_image else "table"
            typer.echo(f"{plane.name or 'PRIMARY'} {shape}")
    else:
        show(found.column_names, _records(found), output)
    if n > SHOWN:
        typer.echo(f"only the first {SHOWN:,} of {n:,} rows are shown: give --rows, or --to a file", err=True)


def _records(table: "pa.Table") -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def mount(app: typer.Typer) -> None:
    """Hang this verb on the command line."""
    app.command()(get)
