"""The first tables, and the secretariat, which may report on behalf of others."""

import base64
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The audit trail can be added to and no more; entries go only where a cut says so, and cuts stay for ever.
_KEPT = "the audit trail is only added to"
_PAST = "OLD.n > coalesce((SELECT max(through) FROM audit_cuts), 0)"
_GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries "
        f"BEGIN SELECT raise(ABORT, '{_KEPT}'); END",
        f"CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries WHEN {_PAST} "
        f"BEGIN SELECT raise(ABORT, '{_KEPT}'); END",
        f"CREATE TRIGGER audit_cuts_keep BEFORE UPDATE ON audit_cuts "
        f"BEGIN SELECT raise(ABORT, '{_KEPT}'); END",
        f"CREATE TRIGGER audit_cuts_stay BEFORE DELETE ON audit_cuts "
        f"BEGIN SELECT raise(ABORT, '{_KEPT}'); END",
    ],
    "postgresql": [
        f"""
        CREATE FUNCTION tacoord_keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_entries' THEN
                IF NOT ({_PAST}) THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{_KEPT}';
        END $$
        """,
        "CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION tacoord_keep_audit()",
        "CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON audit_entries "
        "EXECUTE FUNCTION tacoord_keep_audit()",
        "CREATE TRIGGER audit_cuts_keep BEFORE UPDATE OR DELETE ON audit_cuts "
        "FOR EACH ROW EXECUTE FUNCTION tacoord_keep_audit()",
        "CREATE TRIGGER audit_cuts_stay BEFORE TRUNCATE ON audit_cuts "
        "EXECUTE FUNCTION tacoord_keep_audit()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "gap_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "no_project",
                "coverage_ends",
                "request_unanswered",
                "need_indicated",
                name="gapkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("pillar", sa.String(length=32), nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_states")),
        sa.UniqueConstraint("key", name=op.f("uq_gap_states_key")),
    )
    with op.batch_alter_table("gap_states", schema=None) as batch_op:
        batch_op.create_index("ix_gap_states_country_pillar", ["country", "pillar"], unique=False)

    op.create_table(
        "groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("code", name=op.f("uq_groups_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_groups_public_id")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "indicators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint(
            "country", "indicator", "as_of", name=op.f("uq_indicators_country_indicator_as_of")
        ),
    )
    with op.batch_alter_table("indicators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicators_country"), ["country"], unique=False)

    op.create_table(
        "job_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("job", "period", name=op.f("uq_job_runs_job_period")),
    )
    op.create_table(
        "matching_models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_models")),
        sa.UniqueConstraint("version", name=op.f("uq_matching_models_version")),
    )
    with op.batch_alter_table("matching_models", schema=None) as batch_op:
        batch_op.create_index(
            "uq_matching_models_in_use",
            ["in_use"],
            unique=True,
            sqlite_where=sa.text("in_use"),
            postgresql_where=sa.text("in_use"),
        )

    op.create_table(
        "register_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("counted_at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_words")),
        sa.UniqueConstraint("public_id", name=op.f("uq_register_words_public_id")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("acronym", sa.String(length=64), nullable=True),
        sa.Column("type", sa.String(length=8), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("code", name=op.f("uq_organisations_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisations_public_id")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_country"), ["country"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisations_name"), ["name"], unique=False)

    op.create_table(
        "merged_organisations",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["into_id"], ["organisations.id"], name=op.f("fk_merged_organisations_into_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_merged_organisations_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_merged_organisations")),
    )
    with op.batch_alter_table("merged_organisations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_merged_organisations_into_id"), ["into_id"], unique=False
        )

    op.create_table(
        "terms",
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.String(length=32), nullable=True),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vocabulary", "parent"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_terms_vocabulary_parent"),
        ),
        sa.PrimaryKeyConstraint("vocabulary", "code", name=op.f("pk_terms")),
    )
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.create_index("ix_terms_vocabulary_sort", ["vocabulary", "sort"], unique=False)

    op.create_table(
        "digest_definitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column(
            "frequency",
            sa.Enum(
                "daily",
                "weekly",
                "monthly",
                "quarterly",
                name="frequency",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("due_from", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_digest_definitions_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_definitions")),
        sa.UniqueConstraint("group_id", name=op.f("uq_digest_definitions_group_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_digest_definitions_public_id")),
    )
    op.create_table(
        "group_tags",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_tags_group_id")),
        sa.ForeignKeyConstraint(
            ["vocabulary", "code"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_group_tags_vocabulary_code"),
        ),
        sa.PrimaryKeyConstraint("group_id", "vocabulary", "code", name=op.f("pk_group_tags")),
    )
    op.create_table(
        "organisation_names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "identifier",
                "name",
                "alias",
                "acronym",
                name="namekind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_names_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_names")),
    )
    with op.batch_alter_table("organisation_names", schema=None) as batch_op:
        batch_op.create_index("ix_organisation_names_kind_key", ["kind", "key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_organisation_names_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            "uq_organisation_names_identifier",
            ["key"],
            unique=True,
            sqlite_where=sa.text("kind = 'identifier'"),
            postgresql_where=sa.text("kind = 'identifier'"),
        )

    op.create_table(
        "organisation_tags",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_tags_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vocabulary", "code"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_organisation_tags_vocabulary_code"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "vocabulary", "code", name=op.f("pk_organisation_tags")
        ),
    )
    with op.batch_alter_table("organisation_tags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_organisation_tags_vocabulary_code", ["vocabulary", "code"], unique=False
        )

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("signed_in_at", sa.DateTime(), nullable=True),
        sa.Column("previous_sign_in_at", sa.DateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_users_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_users_public_id")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_users_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "told_apart",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_told_apart_ordered")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_told_apart_by_id")),
        sa.ForeignKeyConstraint(
            ["first_id"],
            ["organisations.id"],
            name=op.f("fk_told_apart_first_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_id"],
            ["organisations.id"],
            name=op.f("fk_told_apart_second_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_told_apart")),
    )
    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_told_apart_second_id"), ["second_id"], unique=False)

    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_tokens_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_tokens_secret_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("waits_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempts")),
    )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempts_last_at", ["last_at"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_invitations_created_by_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_invitations_secret_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_user_id"), ["user_id"], unique=False)

    op.create_table(
        "assistance_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "accepted",
                "withdrawn",
                "closed",
                name="requeststate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "registered",
                "group",
                "organisation",
                name="visibility",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("needed_from", sa.Date(), nullable=True),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("contact", sa.String(length=500), nullable=False),
        sa.Column("running", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_assistance_requests_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_assistance_requests_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_assistance_requests_public_id")),
    )
    with op.batch_alter_table("assistance_requests", schema=None) as batch_op:
        batch_op.create_index(
            "ix_assistance_requests_country_state", ["country", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assistance_requests_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_changes_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_changes_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_changes_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_changes_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            "ix_changes_subject_subject_id", ["subject", "subject_id"], unique=False
        )

    op.create_table(
        "digest_issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("claimed", "composed", "sent", name="issuestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("after_change", sa.BigInteger(), nullable=False),
        sa.Column("until_change", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=True),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["digest_definitions.id"],
            name=op.f("fk_digest_issues_definition_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_issues")),
        sa.UniqueConstraint(
            "definition_id", "number", name=op.f("uq_digest_issues_definition_id_number")
        ),
        sa.UniqueConstraint(
            "definition_id", "period", name=op.f("uq_digest_issues_definition_id_period")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_digest_issues_public_id")),
    )
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "undoing",
                "undone",
                name="importstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("compared_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_import_jobs_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_import_jobs_undone_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_import_jobs_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_jobs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_jobs_public_id")),
    )
    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_jobs_created_by_id"), ["created_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_import_jobs_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_import_jobs_state"), ["state"], unique=False)

    op.create_table(
        "kept_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_kept_answers_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answers")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_kept_answers_user_id_key")),
    )
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.create_index("ix_kept_answers_created_at", ["created_at"], unique=False)

    op.create_table(
        "members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("receives_digest", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_members_group_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_members_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_members_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("public_id", name=op.f("uq_members_public_id")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_members_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_members_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_members_seat", ["group_id", "organisation_id", "user_id"], unique=True
        )

    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "published", "withdrawn", name="projectstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "registered",
                "group",
                "organisation",
                name="visibility",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "form", "api", "file", "iati", "demo", name="source", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("iati_identifier", sa.String(length=300), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("descriptions", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=True),
        sa.Column("planned_start", sa.Date(), nullable=True),
        sa.Column("actual_start", sa.Date(), nullable=True),
        sa.Column("planned_end", sa.Date(), nullable=True),
        sa.Column("actual_end", sa.Date(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("budget_usd_minor", sa.BigInteger(), nullable=True),
        sa.Column("contact_name", sa.String(length=300), nullable=True),
        sa.Column("contact_email", sa.String(length=320), nullable=True),
        sa.Column("contact_phone", sa.String(length=100), nullable=True),
        sa.Column("contact_shown", sa.Boolean(), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("masks", sa.JSON(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("compared_at", sa.DateTime(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_projects_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_projects_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint(
            "organisation_id",
            "iati_identifier",
            name=op.f("uq_projects_organisation_id_iati_identifier"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_projects_public_id")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_projects_iati_identifier"), ["iati_identifier"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_projects_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index("ix_projects_state_ends", ["state", "ends"], unique=False)
        batch_op.create_index(
            "ix_projects_coverage",
            [
                "state",
                "visibility",
                "organisation_id",
                "status",
                "starts",
                "ends",
                "budget_usd_minor",
                "public_id",
            ],
            unique=False,
        )
        batch_op.create_index("ix_projects_state_updated_at", ["state", "updated_at"], unique=False)

    op.create_table(
        "role_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "viewer",
                "reporter",
                "org-admin",
                "reviewer",
                "focal-point",
                "secretary",
                "coordinator",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_role_grants_group_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_role_grants_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
    )
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grants_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_role_grants_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_role_grants_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_role_grants_whole", ["user_id", "role", "organisation_id", "group_id"], unique=True
        )

    op.create_table(
        "budget_lines",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_budget_lines_not_negative")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_budget_lines_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "position", name=op.f("pk_budget_lines")),
    )
    op.create_table(
        "digest_deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "failed",
                "skipped",
                name="deliverystate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["digest_issues.id"], name=op.f("fk_digest_deliveries_issue_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_digest_deliveries_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_deliveries")),
        sa.UniqueConstraint(
            "issue_id", "user_id", name=op.f("uq_digest_deliveries_issue_id_user_id")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_digest_deliveries_message_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_digest_deliveries_public_id")),
    )
    with op.batch_alter_table("digest_deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_digest_deliveries_state_next_try_at", ["state", "next_try_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_digest_deliveries_user_id"), ["user_id"], unique=False)

    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "standing",
                "pending",
                "accepted",
                "declined",
                "withdrawn",
                name="offerstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_offers_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_offers_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_offers_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["assistance_requests.id"], name=op.f("fk_offers_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_offers_public_id")),
    )
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_offers_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_offers_request_id"), ["request_id"], unique=False)

    op.create_table(
        "overlaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "same_activity",
                "funder_implementer",
                "parent_child",
                "overlapping_effort",
                "complementary",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("at_stake_usd_minor", sa.BigInteger(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "open",
                "same_activity",
                "funder_implementer",
                "parent_child",
                "overlapping_effort",
                "complementary",
                "unrelated",
                name="verdict",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("flagged_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_overlaps_ordered")),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_overlaps_score")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_overlaps_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["projects.id"], name=op.f("fk_overlaps_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["projects.id"], name=op.f("fk_overlaps_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlaps")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_overlaps_first_id_second_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_overlaps_public_id")),
    )
    with op.batch_alter_table("overlaps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_overlaps_second_id"), ["second_id"], unique=False)
        batch_op.create_index("ix_overlaps_verdict_priority", ["verdict", "priority"], unique=False)
        batch_op.create_index(
            "ix_overlaps_verdict_ends",
            ["verdict", "stale", "first_id", "second_id"],
            unique=False,
        )

    op.create_table(
        "imported_records",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("stood_at", sa.DateTime(), nullable=True),
        sa.Column("left_at", sa.DateTime(), nullable=False),
        sa.Column(
            "fate",
            sa.Enum(
                "withdrawn",
                "put-back",
                "changed-since",
                "confirmed-since",
                "judged",
                "named",
                "not-allowed",
                "not-valid",
                name="fate",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_jobs.id"], name=op.f("fk_imported_records_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_imported_records_project_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "project_id", name=op.f("pk_imported_records")),
    )
    with op.batch_alter_table("imported_records", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_imported_records_project_id"), ["project_id"], unique=False
        )

    op.create_table(
        "project_groups",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_project_groups_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_groups_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "group_id", name=op.f("pk_project_groups")),
    )
    with op.batch_alter_table("project_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_groups_group_id"), ["group_id"], unique=False)

    op.create_table(
        "project_identifiers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_identifiers_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_identifiers")),
    )
    with op.batch_alter_table("project_identifiers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_identifiers_project_id"), ["project_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_project_identifiers_value"), ["value"], unique=False)

    op.create_table(
        "project_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_keys_project_id")
        ),
        sa.PrimaryKeyConstraint("key", "audience", "project_id", name=op.f("pk_project_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prepared_projects",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_prepared_projects_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_prepared_projects")),
    )
    op.create_table(
        "project_organisations",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("ref", sa.String(length=300), nullable=True),
        sa.Column("type", sa.String(length=8), nullable=True),
        sa.Column("activity_id", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_project_organisations_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_organisations_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", "position", name=op.f("pk_project_organisations")),
    )
    with op.batch_alter_table("project_organisations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_project_organisations_organisation_id"),
            ["organisation_id"],
            unique=False,
        )

    op.create_table(
        "project_roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "viewer",
                "reporter",
                "org-admin",
                "reviewer",
                "focal-point",
                "secretary",
                "coordinator",
                "admin",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["given_by_id"], ["users.id"], name=op.f("fk_project_roles_given_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_roles_project_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_project_roles_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_roles")),
        sa.UniqueConstraint("project_id", "email", name=op.f("uq_project_roles_project_id_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_project_roles_public_id")),
    )
    with op.batch_alter_table("project_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_roles_user_id"), ["user_id"], unique=False)

    op.create_table(
        "project_tags",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("percentage", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "percentage >= 0 AND percentage <= 100", name=op.f("ck_project_tags_percentage")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_tags_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["vocabulary", "code"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_project_tags_vocabulary_code"),
        ),
        sa.PrimaryKeyConstraint("project_id", "vocabulary", "code", name=op.f("pk_project_tags")),
    )
    with op.batch_alter_table("project_tags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_project_tags_vocabulary_code",
            ["vocabulary", "code", "project_id", "percentage"],
            unique=False,
        )

    op.create_table(
        "request_groups",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_request_groups_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["assistance_requests.id"], name=op.f("fk_request_groups_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "group_id", name=op.f("pk_request_groups")),
    )
    with op.batch_alter_table("request_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_groups_group_id"), ["group_id"], unique=False)

    op.create_table(
        "request_tags",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["assistance_requests.id"], name=op.f("fk_request_tags_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["vocabulary", "code"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_request_tags_vocabulary_code"),
        ),
        sa.PrimaryKeyConstraint("request_id", "vocabulary", "code", name=op.f("pk_request_tags")),
    )
    with op.batch_alter_table("request_tags", schema=None) as batch_op:
        batch_op.create_index(
            "ix_request_tags_vocabulary_code", ["vocabulary", "code"], unique=False
        )

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("overlap_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "open",
                "same_activity",
                "funder_implementer",
                "parent_child",
                "overlapping_effort",
                "complementary",
                "unrelated",
                name="verdict",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_decisions_by_id")),
        sa.ForeignKeyConstraint(
            ["overlap_id"], ["overlaps.id"], name=op.f("fk_decisions_overlap_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_decisions_public_id")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_overlap_id"), ["overlap_id"], unique=False)

    op.create_table(
        "offer_tags",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_tags_offer_id")),
        sa.ForeignKeyConstraint(
            ["vocabulary", "code"],
            ["terms.vocabulary", "terms.code"],
            name=op.f("fk_offer_tags_vocabulary_code"),
        ),
        sa.PrimaryKeyConstraint("offer_id", "vocabulary", "code", name=op.f("pk_offer_tags")),
    )
    with op.batch_alter_table("offer_tags", schema=None) as batch_op:
        batch_op.create_index("ix_offer_tags_vocabulary_code", ["vocabulary", "code"], unique=False)
    _add_secretariat()


def _add_secretariat() -> None:
    """The one organisation that is there before anybody adds one."""
    now = datetime.now(UTC).replace(tzinfo=None)
    organisations = sa.table(
        "organisations",
        *(
            sa.column(name)
            for name in ("public_id", "code", "name", "type", "description", "search_text")
        ),
        *(sa.column(name, sa.Boolean()) for name in ("verified", "invented")),
        *(sa.column(name, sa.DateTime()) for name in ("created_at", "updated_at")),
        sa.column("version", sa.Integer()),
    )
    op.bulk_insert(
        organisations,
        [
            {
                "public_id": base64.b32encode(secrets.token_bytes(10)).decode().lower(),
                "code": "SECRETARIAT",
                "name": "Secretariat",
                "type": "40",
                "description": "",
                "search_text": "secretariat",
                "verified": True,
                "invented": False,
                "created_at": now,
                "updated_at": now,
                "version": 1,
            }
        ],
    )

    op.create_table(
        "audit_cuts",
        sa.Column(
            "through",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("through", name=op.f("pk_audit_cuts")),
    )
    op.create_table(
        "audit_entries",
        sa.Column(
            "n",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_audit_entries_by_id")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entries_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            "ix_audit_entries_subject_subject_id", ["subject", "subject_id"], unique=False
        )

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sign_ins_public_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_ins_secret_hash")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)

    op.create_table(
        "authenticators",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column(
            "last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_authenticators_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_authenticators")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sign_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_passkeys_public_id")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkeys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_codes_user_id"), ["user_id"], unique=False)

    op.create_table(
        "providers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=300), nullable=False),
        sa.Column("client_secret", sa.String(length=1000), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_providers_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_providers_issuer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_providers_public_id")),
    )
    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_providers_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "provider_identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["providers.id"],
            name=op.f("fk_provider_identities_provider_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_provider_identities_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_identities")),
        sa.UniqueConstraint(
            "provider_id", "subject", name=op.f("uq_provider_identities_provider_id_subject")
        ),
    )
    with op.batch_alter_table("provider_identities", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_provider_identities_user_id"), ["user_id"], unique=False
        )

    op.create_table(
        "account_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "accepted", "declined", name="askstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_account_requests_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_requests")),
        sa.UniqueConstraint("email", name=op.f("uq_account_requests_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_requests_public_id")),
    )
    with op.batch_alter_table("account_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_requests_state"), ["state"], unique=False)

    op.create_table(
        "call_counts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_call_counts")),
    )
    with op.batch_alter_table("call_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_counts_minute"), ["minute"], unique=False)

    op.create_table(
        "password_asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_asks")),
        sa.UniqueConstraint("email", name=op.f("uq_password_asks_email")),
    )
    with op.batch_alter_table("password_asks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_password_asks_next_try_at"), ["next_try_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("password_asks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_asks_next_try_at"))

    op.drop_table("password_asks")
    with op.batch_alter_table("call_counts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_counts_minute"))

    op.drop_table("call_counts")
    with op.batch_alter_table("account_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_requests_state"))

    op.drop_table("account_requests")
    with op.batch_alter_table("provider_identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_identities_user_id"))

    op.drop_table("provider_identities")
    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_providers_organisation_id"))

    op.drop_table("providers")
    with op.batch_alter_table("recovery_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_codes_user_id"))

    op.drop_table("recovery_codes")
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passkeys_user_id"))

    op.drop_table("passkeys")
    op.drop_table("authenticators")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION tacoord_keep_audit() CASCADE")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_ins_seen_at"))

    op.drop_table("sign_ins")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_subject_subject_id")
        batch_op.drop_index(batch_op.f("ix_audit_entries_by_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_action"))

    op.drop_table("audit_entries")
    op.drop_table("audit_cuts")
    with op.batch_alter_table("offer_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_offer_tags_vocabulary_code")

    op.drop_table("offer_tags")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_overlap_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("request_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_request_tags_vocabulary_code")

    op.drop_table("request_tags")
    with op.batch_alter_table("request_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_groups_group_id"))

    op.drop_table("request_groups")
    with op.batch_alter_table("project_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_project_tags_vocabulary_code")

    op.drop_table("project_tags")
    with op.batch_alter_table("project_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_roles_user_id"))

    op.drop_table("project_roles")
    with op.batch_alter_table("project_organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_organisations_organisation_id"))

    op.drop_table("project_organisations")
    op.drop_table("prepared_projects")
    op.drop_table("project_keys")
    with op.batch_alter_table("project_identifiers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_identifiers_value"))
        batch_op.drop_index(batch_op.f("ix_project_identifiers_project_id"))

    op.drop_table("project_identifiers")
    with op.batch_alter_table("project_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_groups_group_id"))

    op.drop_table("project_groups")
    with op.batch_alter_table("imported_records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_records_project_id"))

    op.drop_table("imported_records")
    with op.batch_alter_table("overlaps", schema=None) as batch_op:
        batch_op.drop_index("ix_overlaps_verdict_ends")
        batch_op.drop_index("ix_overlaps_verdict_priority")
        batch_op.drop_index(batch_op.f("ix_overlaps_second_id"))

    op.drop_table("overlaps")
    with op.batch_alter_table("offers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_offers_request_id"))
        batch_op.drop_index(batch_op.f("ix_offers_organisation_id"))

    op.drop_table("offers")
    with op.batch_alter_table("digest_deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_digest_deliveries_user_id"))
        batch_op.drop_index("ix_digest_deliveries_state_next_try_at")

    op.drop_table("digest_deliveries")
    op.drop_table("budget_lines")
    with op.batch_alter_table("role_grants", schema=None) as batch_op:
        batch_op.drop_index("uq_role_grants_whole")
        batch_op.drop_index(batch_op.f("ix_role_grants_user_id"))
        batch_op.drop_index(batch_op.f("ix_role_grants_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_role_grants_group_id"))

    op.drop_table("role_grants")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index("ix_projects_state_updated_at")
        batch_op.drop_index("ix_projects_coverage")
        batch_op.drop_index("ix_projects_state_ends")
        batch_op.drop_index(batch_op.f("ix_projects_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_projects_iati_identifier"))

    op.drop_table("projects")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index("uq_members_seat")
        batch_op.drop_index(batch_op.f("ix_members_user_id"))
        batch_op.drop_index(batch_op.f("ix_members_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_members_group_id"))

    op.drop_table("members")
    with op.batch_alter_table("kept_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_answers_created_at")

    op.drop_table("kept_answers")
    with op.batch_alter_table("import_jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_jobs_state"))
        batch_op.drop_index(batch_op.f("ix_import_jobs_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_import_jobs_created_by_id"))

    op.drop_table("import_jobs")
    op.drop_table("digest_issues")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index("ix_changes_subject_subject_id")
        batch_op.drop_index(batch_op.f("ix_changes_by_id"))
        batch_op.drop_index(batch_op.f("ix_changes_at"))
        batch_op.drop_index(batch_op.f("ix_changes_action"))

    op.drop_table("changes")
    with op.batch_alter_table("assistance_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assistance_requests_organisation_id"))
        batch_op.drop_index("ix_assistance_requests_country_state")

    op.drop_table("assistance_requests")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_user_id"))

    op.drop_table("invitations")
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_attempts_last_at")

    op.drop_table("sign_in_attempts")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_user_id"))

    op.drop_table("api_tokens")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_organisation_id"))

    with op.batch_alter_table("told_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_told_apart_second_id"))

    op.drop_table("told_apart")
    op.drop_table("users")
    with op.batch_alter_table("organisation_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_organisation_tags_vocabulary_code")

    op.drop_table("organisation_tags")
    with op.batch_alter_table("organisation_names", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organisation_names_identifier",
            sqlite_where=sa.text("kind = 'identifier'"),
            postgresql_where=sa.text("kind = 'identifier'"),
        )
        batch_op.drop_index(batch_op.f("ix_organisation_names_organisation_id"))
        batch_op.drop_index("ix_organisation_names_kind_key")

    op.drop_table("organisation_names")
    op.drop_table("group_tags")
    op.drop_table("digest_definitions")
    with op.batch_alter_table("terms", schema=None) as batch_op:
        batch_op.drop_index("ix_terms_vocabulary_sort")

    op.drop_table("terms")
    with op.batch_alter_table("merged_organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merged_organisations_into_id"))

    op.drop_table("merged_organisations")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_name"))
        batch_op.drop_index(batch_op.f("ix_organisations_country"))

    op.drop_table("organisations")
    op.drop_table("register_words")
    with op.batch_alter_table("matching_models", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_matching_models_in_use",
            sqlite_where=sa.text("in_use"),
            postgresql_where=sa.text("in_use"),
        )

    op.drop_table("matching_models")
    op.drop_table("job_runs")
    with op.batch_alter_table("indicators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicators_country"))

    op.drop_table("indicators")
    op.drop_table("heartbeats")
    op.drop_table("groups")
    with op.batch_alter_table("gap_states", schema=None) as batch_op:
        batch_op.drop_index("ix_gap_states_country_pillar")

    op.drop_table("gap_states")
