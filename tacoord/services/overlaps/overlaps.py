"""Overlaps: flag pairs of look-alikes, and keep what reviewers decide of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tacoord import policy
from tacoord.errors import N_, Conflict, Forbidden, Invalid, Problem
from tacoord.matching.blocking import keys_of_all
from tacoord.matching.packed import pack
from tacoord.matching.prepared import prepare
from tacoord.models import (
    Decision,
    Overlap,
    Project,
    ProjectState,
    User,
    Verdict,
    Visibility,
    utcnow,
)
from tacoord.services.history import note_change
from tacoord.services.overlaps.index import Entry, forget_projects, index_projects, open_before
from tacoord.services.overlaps.query import (
    OverlapPage,
    OverlapQuery,
    Sort,
    Stand,
    get_overlap,
    list_overlaps,
    overlaps_of_project,
)
from tacoord.services.overlaps.rows import Ends, insert_missing, pair_of, refresh, retire
from tacoord.services.overlaps.similar import Flag, LookAlike, as_numbered, flags_of, similar
from tacoord.services.projects.facts import read_facts
from tacoord.services.visibility import overlap_clause, viewer_of

__all__ = [
    "LookAlike",
    "OverlapPage",
    "OverlapQuery",
    "Sort",
    "Stand",
    "decide",
    "flag_overlaps",
    "get_overlap",
    "hindrance",
    "list_overlaps",
    "overlaps_of_project",
    "reopen",
    "similar",
]

MOST_FLAGS: Final = 20
LONGEST_NOTE: Final = 5_000
NEIGHBOUR_CHANGED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for "compared, but a project near it has changed since"."""


def flag_overlaps(session: Session, project: Project) -> list[Overlap]:
    """Compare `project` with the register as it is now, and keep what is flagged.

    Puts the project into the index, or takes it out where it is not published. Open pairs are brought up to date, or
    marked stale where they are no longer flagged; decided ones keep their verdict. Returns the open pairs of the
    project, the most important first; at most MOST_FLAGS for each circle of people who may see them. Projects near it,
    whose own flags it may have changed, are compared again by the next sweep.
    """
    return flag_all(session, [project])


def flag_all(session: Session, projects: Sequence[Project]) -> list[Overlap]:
    """As `flag_overlaps`, of some projects in one go; what is said of each is the same as one by one."""
    session.flush()
    published = [one.id for one in projects if one.state is ProjectState.PUBLISHED]
    subjects = {
        key: as_numbered(prepare(facts), key)
        for key, facts in read_facts(session, published).items()
    }
    rivals = _rivals(session, projects)
    keys = keys_of_all(list(subjects.values()))
    versions = {one.id: one.version for one in projects}
    index_projects(
        session,
        {
            key: Entry(keys.of(row), pack(record), versions[key])
            for row, (key, record) in enumerate(subjects.items())
        },
    )
    forget_projects(session, [one.id for one in projects if one.id not in subjects])
    kept, moved = _save(session, projects, flags_of(session, subjects))
    _mark_near(session, _near(rivals, moved) - {one.id for one in projects})
    _mark_compared(session, projects)
    return sorted(
        (overlap for overlap in kept if overlap.verdict is Verdict.OPEN),
        key=lambda overlap: (-overlap.priority, overlap.public_id),
    )


def _rivals(session: Session, projects: Sequence[Project]) -> list[Project]:
    """Those that everybody may see, or could until now: only they compete with pairs of others. Were others compared
    again because of a hidden record, that would show.
    """
    public = {one.id for one in projects if one.visibility is Visibility.PUBLIC}
    public |= open_before(session, [one.id for one in projects])
    return [one for one in projects if one.id in public]


def _mark_compared(session: Session, projects: Sequence[Project]) -> None:
    """Note when projects were compared; that is no change of theirs, so their versions stay."""
    session.flush()
    now, ids = utcnow(), [one.id for one in projects]
    session.execute(
        update(Project).where(Project.id.in_(ids)).values(compared_at=now),
        execution_options={"synchronize_session": False},
    )
    for project in projects:
        set_committed_value(project, "compared_at", now)


def _near(projects: Sequence[Project], moved: Collection[Ends]) -> set[int]:
    """The ends of the pairs that have moved because one of some projects has changed."""
    changed = {one.id for one in projects if has_changed(one.compared_at, one.updated_at)}
    return {end for pair in moved if changed.intersection(pair) for end in pair}


def has_changed(compared_at: datetime | None, updated_at: datetime) -> bool:
    """Whether a project has changed since it was compared; not so where only its neighbours have."""
    return compared_at is None or NEIGHBOUR_CHANGED < compared_at < updated_at


def _mark_near(session: Session, near: Collection[int]) -> None:
    """Have projects compared again that `near` names. One that somebody else is just writing is left to the sweep."""
    rows = session.scalars(
        select(Project.id)
        .where(Project.id.in_(near), Project.compared_at > NEIGHBOUR_CHANGED)
        .order_by(Project.id)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(
        update(Project).where(Project.id.in_(rows)).values(compared_at=NEIGHBOUR_CHANGED),
        execution_options={"synchronize_session": False},
    )


def _save(
    session: Session, projects: Sequence[Project], flags: Mapping[int, Sequence[Flag]]
) -> tuple[list[Overlap], set[Ends]]:
    """Bring the rows of some projects in line with what was flagged of each; returns those that are flagged, and the
    ends of the pairs that have come, gone or become of another kind.

    Two sessions may flag one pair at a time: whoever comes second finds the row of the first.
    """
    ids = [one.id for one in projects]
    pairs = {
        (pair.first_id, pair.second_id): pair
        for some in flags.values()
        for pair in (pair_of(flag.left_id, flag.right_id, flag.match) for flag in some)
    }
    mine = or_(Overlap.first_id.in_(ids), Overlap.second_id.in_(ids))
    known = {
        (first, second)
        for first, second in session.execute(
            select(Overlap.first_id, Overlap.second_id).where(mine)
        )
    }
    few = {ends for some in flags.values() for ends in _most_likely(some)}
    added = insert_missing(
        session, [pair for ends, pair in pairs.items() if ends not in known and ends in few]
    )
    rows = session.scalars(
        select(Overlap)
        .where(mine)
        .order_by(Overlap.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    by_ends = {(row.first_id, row.second_id): row for row in rows}
    before = {ends: (row.stale, row.kind) for ends, row in by_ends.items()}
    for ends, row in by_ends.items():
        if ends not in pairs:
            retire(session, row)
    told = by_ends.keys() & pairs.keys() - added
    refresh(session, [(by_ends[ends], pairs[ends]) for ends in sorted(told)])
    session.flush()
    moved = {ends for ends, row in by_ends.items() if before[ends] != (row.stale, row.kind)}
    return [row for ends, row in by_ends.items() if ends in pairs], moved | added


def _most_likely(flags: Iterable[Flag]) -> set[Ends]:
    """The ends of the first MOST_FLAGS of each audience: apart, so that hidden pairs push out none that others see."""
    taken: dict[int, int] = defaultdict(int)
    kept = set()
    for flag in flags:
        taken[flag.audience] += 1
        if taken[flag.audience] <= MOST_FLAGS:
            kept.add((min(flag.left_id, flag.right_id), max(flag.left_id, flag.right_id)))
    return kept


def decide(
    session: Session,
    public_id: str,
    verdict: Verdict,
    *,
    by: User,
    note: str = "",
    version: int | None = None,
) -> Overlap:
    """Record what reviewer `by` says of an open overlap.

    version: of the overlap as the reviewer read it; None decides whatever it is now. Raises NotFound where `by` may not
    see both projects, Forbidden for who may not judge this pair, Invalid, and Conflict where it was decided or changed
    meanwhile.
    """
    if verdict is Verdict.OPEN:
        raise Invalid([Problem("verdict", N_("Choose a verdict."))])
    overlap = _to_be_judged(session, public_id, by=by, note=note, version=version)
    if overlap.verdict is not Verdict.OPEN:
        raise Conflict(f"overlap {public_id} is decided already: {overlap.verdict}")
    _write_down(session, overlap, verdict, by=by, note=note)
    note_change(
        session,
        "overlap.decided",
        overlap,
        by=by,
        details={"verdict": verdict, "kind": overlap.kind, "score": round(overlap.score, 4)},
    )
    return overlap


def reopen(
    session: Session, public_id: str, *, by: User, note: str = "", version: int | None = None
) -> Overlap:
    """Take the verdict of an overlap back, so that it can be judged again; the old decisions stay in its history.

    Raises as `decide`; Conflict where it is open.
    """
    overlap = _to_be_judged(session, public_id, by=by, note=note, version=version)
    if overlap.verdict is Verdict.OPEN:
        raise Conflict(f"overlap {public_id} is open")
    before = overlap.verdict
    _write_down(session, overlap, Verdict.OPEN, by=by, note=note)
    note_change(session, "overlap.reopened", overlap, by=by, details={"before": before})
    return overlap


def hindrance(session: Session, by: User, overlap: Overlap) -> str | None:
    """Why `by` may not judge this pair, which they may see, in words marked for translation, or None."""
    if not policy.may(by, "overlap.decide"):
        return N_("Only reviewers and coordinators decide on overlaps.")
    if not policy.may(by, "overlap.decide", overlap):
        return N_(
            "Your organisation reports one of these projects, so somebody else must decide. "
            "A coordinator or a reviewer of another organisation can do it."
        )
    if not _known_by_office(session, by, overlap):
        return N_(
            "You see one of these projects only by a role on it, so somebody else must decide. "
            "A coordinator or a reviewer who sees both without one can do it."
        )
    return None


def _known_by_office(session: Session, by: User, overlap: Overlap) -> bool:
    """Whether `by` would see the pair without any role on a single project: whoever lends one chooses no judge."""
    viewer = viewer_of(session, by)
    if viewer.project_ids.isdisjoint({overlap.first_id, overlap.second_id}):
        return True
    known = select(Overlap.id).where(Overlap.id == overlap.id, overlap_clause(viewer.by_office()))
    return session.scalar(known) is not None


def _to_be_judged(
    session: Session, public_id: str, *, by: User, note: str, version: int | None
) -> Overlap:
    """The overlap, locked and read afresh, where `by` may judge it as it was read."""
    policy.require(by, "overlap.decide")
    session.scalar(select(Overlap.id).where(Overlap.public_id == public_id).with_for_update())
    overlap = get_overlap(session, public_id, viewer_of(session, by))
    if reason := hindrance(session, by, overlap):
        raise Forbidden(reason)
    if len(note) > LONGEST_NOTE:
        raise Invalid(
            [Problem("note", N_("Use at most %(most)d characters."), {"most": LONGEST_NOTE})]
        )
    if version is not None and overlap.version != version:
        raise Conflict(f"overlap {public_id} has changed")
    return overlap


def _write_down(
    session: Session, overlap: Overlap, verdict: Verdict, *, by: User, note: str
) -> None:
    now = utcnow()
    overlap.verdict = verdict
    overlap.decided_by_id = None if verdict is Verdict.OPEN else by.id
    overlap.decided_at = None if verdict is Verdict.OPEN else now
    overlap.decisions.append(
        Decision(verdict=verdict, note=note.strip(), score=overlap.score, by=by, at=now)
    )
    session.flush()
