"""Changes of every kind as lines: what happened, to what, and where it can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from tacoord.models import (
    AssistanceRequest,
    AuditEntry,
    Base,
    Change,
    CoordinationGroup,
    DigestDefinition,
    GapState,
    ImportJob,
    MatchingModel,
    Offer,
    Organisation,
    Overlap,
    Project,
    Role,
    User,
)
from tacoord.web.overlap_words import kind_labels
from tacoord.web.role_words import role_words
from tacoord.web.scope_words import scope_words


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A line: who ("" for a job or a command), what, about what, its address if it has a page, and details."""

    at: datetime
    who: str
    what: str
    about: str
    address: str | None
    details: str


def line_of(change: Change | AuditEntry, about: Base | None) -> ChangeLine:
    """A change in words; `about` is its record, None where there is none any more."""
    title, address = _place_of(about)
    return ChangeLine(
        at=change.at,
        who=change.by.name if change.by else "",
        what=what_words(change.action),
        about=title or _term_of(change),
        address=address,
        details=_details(change),
    )


def what_words(action: str) -> str:
    """What was done; a new action is named as it is until it has words."""
    return _WORDS[action]() if action in _WORDS else action


def subject_words(subject: str) -> str:
    """The kinds of things that changes tell of."""
    words: dict[str, str] = {
        "project": _("Projects"),
        "overlap": _("Overlaps"),
        "request": _("Requests"),
        "offer": _("Offers"),
        "organisation": _("Organisations"),
        "group": _("Groups"),
        "user": _("People"),
        "digest": _("Digests"),
        "gap": _("Gaps"),
        "model": _("Model"),
        "term": _("Vocabularies"),
        "export": _("Exports"),
        "import": _("Imports"),
        "provider": _("Sign-in of organisations"),
    }
    return words.get(subject, subject)


def _place_of(about: Base | None) -> tuple[str, str | None]:
    match about:
        case Project():
            return about.title, url_for("projects.show", project_id=about.public_id)
        case Overlap():
            title = f"{about.first.title} – {about.second.title}"
            return title, url_for("overlaps.show", overlap_id=about.public_id)
        case AssistanceRequest():
            return about.title, url_for("assistance.show", request_id=about.public_id)
        case Offer():
            return about.title, url_for("assistance.show_offer", offer_id=about.public_id)
        case Organisation():
            return about.name, url_for("organisations.show", organisation_id=about.public_id)
        case CoordinationGroup():
            return about.name, url_for("groups.show", code=about.code)
        case DigestDefinition():
            return about.group.name, url_for("groups.show", code=about.group.code)
        case User():
            return about.name, None
        case GapState():
            return f"{about.country} {about.pillar}", url_for("gaps.index", country=about.country)
        case ImportJob():
            return about.file_name, url_for("exchange.show", import_id=about.public_id)
        case MatchingModel():
            return about.version, url_for("model.show")
    return "", None


def _term_of(change: Change | AuditEntry) -> str:
    details = change.details
    return f"{details.get('vocabulary', '')} {details.get('code', '')}".strip()


def _details(change: Change | AuditEntry) -> str:
    """What the line should say more, in words; scores and codes that say nothing by themselves are left out."""
    said = change.details
    parts = [
        *(kind_labels().get(str(said[key]), "") for key in ("verdict", "kind") if key in said),
        *(role_words(Role(role)) for role in [said.get("role")] if role in set(Role)),
        *(str(said[key]) for key in _SAID_AS_IT_IS if said.get(key)),
        _widened(said),
        ", ".join(map(str, said.get("fields", ()))),
        ", ".join(scope_words(said["scopes"]) if "scopes" in said else ()),
    ]
    return "; ".join(part for part in parts if part)


def _widened(said: Mapping[str, Any]) -> str:
    """From which visibility to which."""
    if "from" not in said or "to" not in said:
        return ""
    return str(_("from %(before)s to %(after)s", before=said["from"], after=said["to"]))


_SAID_AS_IT_IS = (
    "organisation", "name", "before", "after", "groups", "domain", "method", "browser", "system", "network", "format",
)  # fmt: skip
_WORDS = {
    "project.registered": lambda: _("registered a project"),
    "project.drafted": lambda: _("began a draft"),
    "project.changed": lambda: _("changed a project"),
    "project.confirmed": lambda: _("confirmed a project"),
    "project.withdrawn": lambda: _("withdrew a project"),
    "project.seen": lambda: _("read a restricted project"),
    "project.exported": lambda: _("took records out in a file"),
    "import.undone": lambda: _("took an import back"),
    "project.widened": lambda: _("let more people see a project"),
    "project.shared": lambda: _("gave a role on one project"),
    "project.unshared": lambda: _("took a role on one project back"),
    "request.seen": lambda: _("read a restricted request"),
    "user.data_taken": lambda: _("took out what is kept of a person"),
    "user.erased": lambda: _("erased a person"),
    "project.restored": lambda: _("restored a project"),
    "overlap.flagged": lambda: _("flagged an overlap"),
    "overlap.changed": lambda: _("a record of a judged overlap changed"),
    "overlap.stale": lambda: _("no longer flags an overlap"),
    "overlap.decided": lambda: _("judged an overlap"),
    "overlap.reopened": lambda: _("took a verdict back"),
    "request.saved": lambda: _("saved a request"),
    "request.submitted": lambda: _("sent a request"),
    "request.corrected": lambda: _("corrected a request"),
    "request.accepted": lambda: _("accepted an offer"),
    "request.closed": lambda: _("closed a request"),
    "request.withdrawn": lambda: _("withdrew a request"),
    "offer.made": lambda: _("made an offer"),
    "offer.accepted": lambda: _("accepted an offer"),
    "offer.declined": lambda: _("declined an offer"),
    "offer.withdrawn": lambda: _("withdrew an offer"),
    "organisation.added": lambda: _("added an organisation"),
    "organisation.changed": lambda: _("changed an organisation"),
    "organisation.told-apart": lambda: _("said that two entries are different organisations"),
    "organisation.may-be-one": lambda: _("said that two entries may be one organisation after all"),
    "organisation.merged": lambda: _("put two entries of one organisation together"),
    "group.subscribed": lambda: _("subscribed to a digest"),
    "group.unsubscribed": lambda: _("stopped a digest"),
    "digest.scheduled": lambda: _("changed the schedule of a digest"),
    "digest.sent": lambda: _("sent a digest"),
    "gap.opened": lambda: _("found a gap"),
    "gap.closed": lambda: _("found a gap closed"),
    "user.added": lambda: _("added a person"),
    "user.changed": lambda: _("changed the own settings"),
    "user.invited": lambda: _("made a link to set a password"),
    "user.link_asked": lambda: _("was sent a link to set a password, which somebody asked for"),
    "user.password_set": lambda: _("set a password by a link"),
    "user.password_changed": lambda: _("changed the own password"),
    "user.role_given": lambda: _("gave a role"),
    "user.role_taken": lambda: _("took a role away"),
    "user.closed": lambda: _("closed an account"),
    "user.opened": lambda: _("opened an account again"),
    "user.signed_in": lambda: _("signed in"),
    "user.refused": lambda: _("somebody was not let in"),
    "user.signed_out": lambda: _("signed out"),
    "user.session_ended": lambda: _("ended an own session"),
    "user.sessions_ended": lambda: _("ended all other own sessions"),
    "user.authenticator_added": lambda: _("set up an authenticator app"),
    "user.authenticator_removed": lambda: _("removed the authenticator app"),
    "user.passkey_added": lambda: _("added a passkey"),
    "user.passkey_removed": lambda: _("removed a passkey"),
    "user.codes_made": lambda: _("made recovery codes"),
    "user.code_used": lambda: _("used a recovery code"),
    "user.factors_removed": lambda: _("removed somebody’s second factors"),
    "account_request.accepted": lambda: _("gave an account to who asked for one"),
    "account_request.declined": lambda: _("declined a request for an account"),
    "user.linked": lambda: _("signed in with the own organisation for the first time"),
    "key.exchanged": lambda: _("exchanged the key of the installation"),
    "provider.added": lambda: _("let an organisation’s people sign in there"),
    "provider.removed": lambda: _("ended sign-in with an organisation"),
    "user.token_made": lambda: _("made a token"),
    "user.token_revoked": lambda: _("ended a token"),
    "model.used": lambda: _("chose a version of the model"),
    "model.fitted": lambda: _("fitted the model"),
    "term.added": lambda: _("added a term"),
    "term.opened": lambda: _("offers a term again"),
    "term.closed": lambda: _("offers a term no more"),
}
