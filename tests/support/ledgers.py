"""Small ledgers to test on."""

from pathlib import Path
from typing import Any

from psycopg import Connection

from schema.ledger.collections import add_members, make_run
from schema.ledger.external import ExternalFile, register_external
from schema.settings import Settings
from schema.store import Store


def register_toy_camera(connection: Connection[Any], using: Settings, n: int, folder: Path) -> list[int]:
    """Register one exposure of a camera with n detectors, a text file each; give the datasets."""
    connection.execute(
        "insert into registry.instrument (instrument, description) values ('Toy', 'A toy.') on conflict do nothing"
    )
    connection.execute("insert into registry.physical_filter values ('Toy', 'g', 'g') on conflict do nothing")
    connection.execute("insert into registry.visit values ('Toy', 1, 'g', 20200101) on conflict do nothing")
    connection.execute(
        "insert into registry.exposure values ('Toy', 1, 1, 'g', 20200101, 58849.0, 30.0) on conflict do nothing"
    )
    connection.execute(
        """insert into registry.detector (instrument, detector, name, purpose, nx, ny)
           select 'Toy', i, 'D' || i, 'science', 10, 10 from generate_series(0, %s) i on conflict do nothing""",
        [n - 1],
    )
    folder.mkdir(exist_ok=True)
    files = []
    store = Store(using.store_root)
    for detector in range(n):
        path = folder / f"toy{detector}.txt"
        path.write_text(f"file of detector {detector}")
        stored = store.take_in(path)
        data_id = {"instrument": "Toy", "exposure": 1, "detector": detector}
        files.append(ExternalFile("raw_image", data_id, stored.file_digest, stored, path.name))
    ids = [found.dataset_id for found in register_external(connection, files, "file")]
    run = make_run(connection, "Toy/raw", "ingest", bytes(32), "Raw files of a toy.")
    add_members(connection, run, ids, "ingested")
    return ids
