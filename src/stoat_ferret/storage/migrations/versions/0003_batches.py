"""Jobs that are asked for together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every job so far was asked for alone."""
    op.add_column("jobs", sa.Column("batch_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("batch_parallel", sa.Integer(), nullable=True))
    op.create_index("ix_jobs_batch_id_status", "jobs", ["batch_id", "status"], unique=False)


def downgrade() -> None:
    """Back to jobs that know of no others."""
    op.drop_index("ix_jobs_batch_id_status", table_name="jobs")
    op.drop_column("jobs", "batch_parallel")
    op.drop_column("jobs", "batch_id")
