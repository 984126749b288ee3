"""The benches on a server of their own: `python -m tests.bench [--size small|full] [--only NAME]`."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from schema import server
from schema.settings import ROOT
from tests.bench import machine, report
from tests.bench.benches import BENCHES
from tests.bench.ledgers import Ledgers, make_template
from tests.bench.measure import Figure
from tests.bench.size import SIZES


def main() -> None:
    """Run benches, and write what they found to `bench-results/`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure SkyLedger beside its peers.")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--only", choices=BENCHES, help="one bench instead of all")
    chosen = parser.parse_args()
    os.environ.pop("SKYLEDGER_SERVER_FAST", None)  # what is measured must survive a power cut
    os.environ["SKYLEDGER_IDLE_STOP"] = "300"  # should we be killed
    with tempfile.TemporaryDirectory(prefix="skyledger-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        server.ensure(home)
        try:
            administrator = server.dsn(home)
            facts = machine.facts(administrator, home)
            ledgers = Ledgers(administrator, make_template(administrator, home), Path(folder))
            figures: list[Figure] = []
            for name in [chosen.only] if chosen.only else BENCHES:
                begin = time.monotonic()
                figures += BENCHES[name](ledgers, SIZES[chosen.size])
                print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
                report.write(ROOT / "bench-results", facts, chosen.size, figures)
        finally:
            server.stop(home)
    print((ROOT / "bench-results" / "results.md").read_text())


if __name__ == "__main__":
    main()
