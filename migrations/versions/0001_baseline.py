"""The ledger as it began: registry, work, ingest, catalog, quality and the views."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the frozen script beside this file; it never reads the living definitions."""
    script = Path(__file__).with_suffix(".sql").read_text()
    # Straight to the driver: one script of many statements, in alembic's transaction.
    op.get_bind().connection.dbapi_connection.execute(script)  # type: ignore[union-attr]


def downgrade() -> None:
    """Refuse: a ledger is not unwritten."""
    raise NotImplementedError("restore a backup instead")
