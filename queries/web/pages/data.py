"""Downloads of named queries, and whether the server is well."""

import io
from typing import Literal
from urllib.parse import quote

import pyarrow.parquet as pq
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from queries.readonly import Answer, Limits, answer
from queries.result import Result
from queries.web.asked import ask
from queries.web.desk import Here
from schema.output import Format, show

router = APIRouter()
Form = Literal["csv", "parquet"]
WHOLE = Limits(seconds=60.0, rows=1_000_000)
KINDS: dict[str, str] = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.get("/data/{name}.{form}")
def data(name: str, form: Form, request: Request, desk: Here) -> Response:
    """Give the rows of a named query; its parameters are those of the address."""
    with desk.turn():
        return download(ask(desk.using, WHOLE, name, **request.query_params).answer, name, form)


@router.get("/healthz")
def healthz(desk: Here) -> Response:
    """Say ok when the ledger answers; 503 with the reason when it does not."""
    answer("select 1 as one", (), desk.using, Limits(seconds=5.0))
    return PlainTextResponse("ok")


def download(answer: Answer, name: str, form: Form) -> Response:
    """Give an answer as a file; that it is cut stands in the name of the file, where nobody loses it."""
    cut = f".first-{len(answer.rows)}-rows" if answer.cut else ""
    body = _parquet(answer) if form == "parquet" else _csv(answer)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}{cut}.{form}')}"}
    return Response(body, media_type=KINDS[form], headers=headers)


def _csv(answer: Answer) -> bytes:
    text = io.StringIO(newline="")
    show(answer.names, answer.rows, Format.csv, text)
    return text.getvalue().encode()


def _parquet(answer: Answer) -> bytes:
    target = io.BytesIO()
    pq.write_table(Result(answer).arrow(), target, compression="zstd")
    return target.getvalue()
