"""Requests and answers between the bench and a program of another environment."""

import json
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Pulled:
    """What a process did; the clock is the machine's, so processes can be compared."""

    begin: float
    end: float
    done: int


def serve(peer: object) -> None:
    """Answer each request, a line of JSON, by the method of the peer that it names."""
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(peer, request.pop("do"))(**request)
        print(json.dumps(vars(answer) if isinstance(answer, Pulled) else answer), flush=True)
