"""Campaigns that keep what they refused; names for raw frames and their calibrations."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the frozen script beside this file; it never reads the living definitions."""
    script = Path(__file__).with_suffix(".sql").read_text()
    # Straight to the driver: one script of many statements, in alembic's transaction.
    op.get_bind().connection.dbapi_connection.execute(script)  # type: ignore[union-attr]


def downgrade() -> None:
    """Refuse: a ledger is not unwritten."""
    raise NotImplementedError("restore a backup instead")
