"""The time line of a country: its projects by pillar, with the day on which coverage ends."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from tacoord.charts.timeline import Bar, Lane, project_timeline
from tacoord.extensions import db
from tacoord.matching.gaps import Gap, GapKind
from tacoord.models import Project
from tacoord.services.coverage.country_profile import by_pillar, goes_on
from tacoord.services.terms.vocabularies import labels
from tacoord.web.filters import day_words

MOST_BARS: Final = 12


def timeline(projects: Sequence[Project], gaps: Sequence[Gap], today: date) -> Markup:
    """A lane for each pillar, and one for the projects that state none."""
    return project_timeline(
        list(_lanes(projects, gaps, today)),
        today=today,
        title=_("Projects by pillar"),
        today_words=_("Today"),
        empty_words=_("Nobody works on this."),
    )


def _lanes(projects: Sequence[Project], gaps: Sequence[Gap], today: date) -> Iterator[Lane]:
    cliffs = {
        gap.cell.pillar: gap.until
        for gap in gaps
        if gap.kind is GapKind.COVERAGE_ENDS and gap.cell.measure is None
    }
    sorted_out = by_pillar(projects)
    for pillar, label in labels(db.session(), "pillar").items():
        yield _lane(label, sorted_out.get(pillar, []), cliffs.get(pillar), today)
    if "" in sorted_out:
        yield _lane(_("Pillar not stated"), sorted_out[""], None, today)


def _lane(label: str, projects: Sequence[Project], cliff: date | None, today: date) -> Lane:
    """What goes on first; of very many only the first are drawn, and how many more there are is said."""
    ordered = sorted(projects, key=lambda project: not goes_on(project, today))
    shown = ordered[:MOST_BARS]
    words = ""
    if cliff:
        words = _("Coverage ends on %(day)s, and nothing follows.", day=day_words(cliff))
    elif projects and not any(goes_on(project, today) for project in projects):
        words = _("Nobody works on this any more.")
    if len(ordered) > MOST_BARS:
        label = _("%(label)s (%(more)s more)", label=label, more=len(ordered) - MOST_BARS)
    return Lane(label, [_bar(project) for project in shown], cliff, words)


def _bar(project: Project) -> Bar:
    first, last = (
        day_words(day) if day else _("not stated") for day in (project.starts, project.ends)
    )
    who = project.organisation.acronym or project.organisation.name
    return Bar(
        title=project.title,
        words=_("%(who)s · %(first)s to %(last)s", who=who, first=first, last=last),
        starts=project.starts,
        ends=project.ends,
        href=url_for("projects.show", project_id=project.public_id),
    )
