"""Campaign verdicts: what the rules, and people, say of a turn."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, text

from schema.base import identity, metadata, moment

VERDICTS = ("better", "same", "worse", "failed")

campaign_verdict = Table(
    "campaign_verdict",
    metadata,
    identity("campaign_verdict_id", "Surrogate key.", big=False),
    Column("campaign_run_id", ForeignKey("registry.campaign_run.campaign_run_id"), nullable=False, comment="Turn."),
    Column("verdict", Text, nullable=False, comment=", ".join(VERDICTS) + "."),
    Column("by_rule", Boolean, nullable=False, comment="Whether the rules said it, and not a person."),
    Column("reason", Text, nullable=False, comment="Why, in one sentence."),
    Column("author", Text, nullable=False, server_default=text("session_user"), comment="Database user who judged."),
    moment("created_at", "When it was said."),
    CheckConstraint(f"verdict in {VERDICTS}", name="verdict_known"),
    CheckConstraint("reason <> ''", name="reason_given"),
    schema="registry",
    comment="Verdicts on turns; all are kept, the latest of a person counts before that of the rules.",
)

Index(
    "campaign_verdict_rule_key",
    campaign_verdict.c.campaign_run_id,
    unique=True,
    postgresql_where=text("by_rule"),
)
Index("campaign_verdict_run_idx", campaign_verdict.c.campaign_run_id)
