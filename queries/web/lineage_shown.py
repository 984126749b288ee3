"""What somebody opened and unfolded in the drawing of a lineage, as it stands in addresses."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from queries.errors import BadValue

MOST_OPENED = 40  # more cannot be read


@dataclass(frozen=True)
class Shown:
    """A dataset, the datasets whose neighbours are drawn, too, and the names of what is not folded into one box."""

    dataset: int
    opened: tuple[int, ...] = ()
    unfolded: tuple[str, ...] = ()

    def opening(self, dataset: int) -> str:
        """Give the address of the page with one dataset more opened; of very many the oldest closes."""
        return replace(self, opened=(*self.opened, dataset)[-MOST_OPENED:]).address

    def unfolding(self, name: str) -> str:
        """Give the address of the page with one kind more unfolded."""
        return replace(self, unfolded=(*self.unfolded, name)).address

    @property
    def address(self) -> str:
        """Address of the page that shows this."""
        given = {"opened": ",".join(map(str, self.opened)), "unfolded": ",".join(self.unfolded)}
        asked = urlencode({name: value for name, value in given.items() if value})
        return f"/dataset/{self.dataset}{f'?{asked}' if asked else ''}#lineage"


def read_shown(dataset: int, opened: str, unfolded: str) -> Shown:
    """Read what an address says.

    Raises
    ------
    BadValue
        Raised if something is opened that is no dataset.
    """
    keys = [key for key in opened.split(",") if key]
    if not all(key.isascii() and key.isdecimal() and len(key) < 19 for key in keys):
        raise BadValue("opened", opened, "keys of datasets with commas between them")
    return Shown(dataset, tuple(map(int, keys))[-MOST_OPENED:], tuple(name for name in unfolded.split(",") if name))
