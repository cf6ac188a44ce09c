"""Gaps: statements of where help is missing, with their evidence."""

from typing import Any

from apiflask import APIBlueprint

from tacoord.api.answers import Body, codes_asked, part_of, question
from tacoord.api.tokens import guard, viewer
from tacoord.api.values import GapOut, filters_schema, page_schema
from tacoord.extensions import db
from tacoord.matching.gaps import Gap, GapKind
from tacoord.models import utcnow
from tacoord.services.coverage.gaps import GapQuery, evidence_of, list_gaps

bp = APIBlueprint("api_gaps", __name__, url_prefix="/api/v1", tag="Gaps")
guard(bp)


@bp.get("/gaps")
@bp.input(
    filters_schema("country", "pillar", "kind", "measures"), location="query", validation=False
)
@bp.output(page_schema(GapOut))
def index(query_data: Body) -> Any:
    """List the gaps among what the caller may see, the most pressing first.

    Filters: `country`, `pillar` and `kind`, each any number of times; `measures` looks at each measure as well.
    """
    asked = question()
    query = GapQuery(
        countries=codes_asked("country"),
        pillars=codes_asked("pillar"),
        kinds=asked.choices("kind", GapKind),
        measures=asked.flag("measures"),
    )
    found = list_gaps(db.session(), viewer(), now=utcnow(), query=query)
    return part_of(found, lambda gap: gap.key, _told)


def _told(gap: Gap) -> Body:
    return {
        "key": gap.key,
        "kind": gap.kind.value,
        "country": gap.cell.country,
        "pillar": gap.cell.pillar,
        "measure": gap.cell.measure,
        "evidence": evidence_of(gap),
    }
