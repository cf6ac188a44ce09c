"""Coordination groups and the issues of their digests."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import select

from tacoord.api.answers import Body, page_of, record
from tacoord.api.tokens import guard, viewer
from tacoord.api.values import DigestOut, GroupOut, filters_schema, page_schema
from tacoord.extensions import db
from tacoord.models import CoordinationGroup, DigestDefinition, DigestIssue
from tacoord.services.digests.digests import get_issue
from tacoord.services.groups.groups import get_group

bp = APIBlueprint("api_groups", __name__, url_prefix="/api/v1", tag="Groups")
guard(bp)


@bp.get("/groups")
@bp.input(filters_schema(), location="query", validation=False)
@bp.output(page_schema(GroupOut))
def groups(query_data: Body) -> Any:
    """List the coordination groups, with the organisations that sit in them."""
    return page_of(select(CoordinationGroup), CoordinationGroup.public_id, told_group)


@bp.get("/groups/<code>")
@bp.output(GroupOut)
def show_group(code: str) -> Response:
    """Read a group by its code."""
    return record(told_group(get_group(db.session(), code)))


@bp.get("/digests")
@bp.input(filters_schema(), location="query", validation=False)
@bp.output(page_schema(DigestOut))
def digests(query_data: Body) -> Any:
    """List the issues of the digests of the caller's groups."""
    who = viewer()
    query = select(DigestIssue).join(DigestIssue.definition)
    if not who.sees_all:
        query = query.where(DigestDefinition.group_id.in_(who.group_ids))
    return page_of(query, DigestIssue.public_id, told_issue)


@bp.get("/digests/<issue_id>")
@bp.output(DigestOut)
def show_digest(issue_id: str) -> Response:
    """Read what is known of an issue; its text is a page of its own."""
    return record(told_issue(get_issue(db.session(), issue_id, viewer())))


def told_group(group: CoordinationGroup) -> Body:
    """A group as JSON."""
    names = ("code", "name", "kind", "scope")
    return {
        "id": group.public_id,
        **{name: getattr(group, name) for name in names},
        "members": sorted({member.organisation.code for member in group.members}),
    }


def told_issue(issue: DigestIssue) -> Body:
    """An issue as JSON."""
    return {
        "id": issue.public_id,
        "group": issue.definition.group.code,
        "number": issue.number,
        "due_at": issue.due_at.isoformat(),
        "state": issue.state.value,
    }
