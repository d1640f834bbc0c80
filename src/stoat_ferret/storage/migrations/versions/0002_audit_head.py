"""The end of the audit log in a place of its own, and entries that nobody changes or takes out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stoat_ferret.model.audit import FIRST
from stoat_ferret.storage import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the log as it stands."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    log, head = (
        sa.table(name, *map(sa.column, ("id", "entries", "hash"))) for name in ("audit_log", "audit_head")
    )
    newest = sa.select(log.c.hash).order_by(log.c.id.desc()).limit(1).scalar_subquery()
    found = sa.select(sa.literal(1), sa.func.count(log.c.id), sa.func.coalesce(newest, FIRST))
    op.get_bind().execute(sa.insert(head).from_select(["id", "entries", "hash"], found))
    for statement in append_only.CREATE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Back to a log that ends where it ends."""
    for statement in append_only.DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("audit_head")
