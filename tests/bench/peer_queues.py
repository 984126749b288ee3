"""Queues of the peers: procrastinate and PgQueuer, two processes each."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.bench import peer
from tests.bench.ledgers import Ledgers
from tests.bench.peer import Peer
from tests.bench.peers.talk import Pulled

PROCESSES = 2


@dataclass(frozen=True)
class PeerQueue:
    """A peer with its processes on a database of its own."""

    name: str
    pullers: tuple[Peer, ...]
    most: int  # jobs of a batch that still make a difference

    def rate(self, batches: int, batch: int) -> Mapping[str, float]:
        """Let the processes do jobs that do nothing; give the seconds per job."""
        n = batches * PROCESSES * min(batch, self.most)
        self.pullers[0].ask("fill", n=n)
        for puller in self.pullers:
            puller.tell("pull", batch=batch)
        return {self.name: seconds_each([Pulled(**puller.hear()) for puller in self.pullers], n)}


def seconds_each(pulled: list[Pulled], n: int) -> float:
    """Give the seconds per job of what processes did together.

    Raises
    ------
    RuntimeError
        Raised if they did not do all of n jobs.
    """
    done = sum(one.done for one in pulled)
    if done != n:
        raise RuntimeError(f"{done} of {n} units were done")
    return (max(one.end for one in pulled) - min(one.begin for one in pulled)) / n


@contextmanager
def peer_queues(ledgers: Ledgers) -> Iterator[list[PeerQueue]]:
    """Give the queues of the peers; none, when they are not installed."""
    with ExitStack() as stack:
        queues = []
        # procrastinate takes one job at a time: a larger batch would only take longer to measure.
        for name, most in {"procrastinate": 10, "pgqueuer": 50}.items() if peer.available() else ():
            url = stack.enter_context(ledgers.database())
            pullers = tuple(stack.enter_context(peer.start(f"{name}_queue", url)) for _ in range(PROCESSES))
            pullers[0].ask("install")
            queues.append(PeerQueue(name, pullers, most))
        yield queues
