"""The tables that catalogs made elsewhere can go into."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """What is special about a table.

    Attributes
    ----------
    ra, dec
        Columns of the position, from which the HEALPix pixel is computed.
    midpoint
        Column of the middle of the exposure; the ledger says it where the file does not.
    number
        Column that is made of exposure, detector and row where the file has none; '' where none is made.
    """

    ra: str
    dec: str
    midpoint: str
    number: str = ""

    @property
    def ledger(self) -> tuple[str, ...]:
        """Give the columns that the ledger says, whatever is in the file."""
        return "instrument", "visit", "detector", "band", "physical_filter", "_healpix_29"

    @property
    def made(self) -> tuple[str, ...]:
        """Give the columns that are made where the file has none."""
        return tuple(name for name in (self.midpoint, self.number) if name)


TARGETS = {
    "source": Target("ra", "dec", "midpointMjdTai", "sourceId"),
    "forced_source": Target("coord_ra", "coord_dec", "expMidptMJD"),
}
