"""The tasks and news of Home as sentences, each with where it leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from tacoord.models import AssistanceRequest, Offer, Overlap, Project
from tacoord.services.home import News, Task, TaskKind
from tacoord.web.filters import day_distance, moment
from tacoord.web.term_choices import words_of


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as the page shows it: sign, sentence, note, and the one action."""

    sign: str
    sentence: str
    note: str | Markup
    address: str
    action: str


@dataclass(frozen=True, slots=True)
class NewsLine:
    """What happened, to what, and where to read it."""

    at: datetime
    words: str
    title: str
    address: str


def task_line(task: Task) -> TaskLine:
    """The task as a sentence with one action."""
    return _TASKS[task.kind](task)


def news_line(news: News) -> NewsLine:
    """What happened, in words."""
    record = news.record
    if isinstance(record, Project):
        address = url_for("projects.show", project_id=record.public_id)
        return NewsLine(news.at, _news_words(news.action), record.title, address)
    if isinstance(record, Overlap):
        address = url_for("overlaps.show", overlap_id=record.public_id)
        title = f"{record.first.title} – {record.second.title}"
        return NewsLine(news.at, _news_words(news.action), title, address)
    address = url_for("assistance.show", request_id=record.public_id)
    country = words_of("country")[record.country]
    return NewsLine(news.at, _news_words(news.action, country), record.title, address)


def _news_words(action: str, country: str = "") -> str:
    words: dict[str, str] = {
        "project.registered": _("New project"),
        "project.changed": _("Project changed"),
        "project.restored": _("Project is back in the register"),
        "overlap.decided": _("Overlap judged"),
        "overlap.reopened": _("Overlap to be judged again"),
        "request.submitted": _("New request of %(country)s", country=country),
        "request.corrected": _("%(country)s corrected its request", country=country),
        "request.accepted": _("%(country)s accepted an offer", country=country),
        "request.closed": _("%(country)s closed its request", country=country),
        "request.withdrawn": _("%(country)s withdrew its request", country=country),
    }
    return words[action]


def _answer_offers(task: Task) -> TaskLine:
    assert isinstance(task.first, Offer)
    sentence = ngettext(
        "%(num)s offer waits for your answer.", "%(num)s offers wait for your answer.", task.count
    )
    address = url_for("assistance.show_offer", offer_id=task.first.public_id)
    note = f"{task.first.title} ({task.first.organisation.name})"
    return TaskLine("request", sentence, note, address, _("Read and answer"))


def _judge_overlaps(task: Task) -> TaskLine:
    sentence = ngettext(
        "%(num)s overlap is to be judged.", "%(num)s overlaps are to be judged.", task.count
    )
    note = _("What matters most stands first.")
    return TaskLine("overlap", sentence, note, url_for("overlaps.index"), _("Judge"))


def _own_overlaps(task: Task) -> TaskLine:
    sentence = ngettext(
        "A project of yours may overlap with another one: %(num)s pair.",
        "Projects of yours may overlap with others: %(num)s pairs.",
        task.count,
    )
    note = _("Look whether the same work is done twice.")
    return TaskLine("overlap", sentence, note, url_for("overlaps.index", mine="1"), _("Look"))


def _answer_requests(task: Task) -> TaskLine:
    assert isinstance(task.first, AssistanceRequest)
    sentence = ngettext(
        "%(num)s request of a government is near your work.",
        "%(num)s requests of governments are near your work.",
        task.count,
    )
    country = words_of("country")[task.first.country]
    note = _("The newest: %(title)s (%(country)s)", title=task.first.title, country=country)
    if task.count > 1:
        return TaskLine("request", sentence, note, url_for("assistance.index"), _("See them"))
    address = url_for("assistance.show", request_id=task.first.public_id)
    return TaskLine("request", sentence, note, address, _("Read"))


def _coverage_ends(task: Task) -> TaskLine:
    country = words_of("country")[task.about]
    sentence = ngettext(
        "On %(num)s pillar coverage of %(country)s ends within a year, and nothing follows.",
        "On %(num)s pillars coverage of %(country)s ends within a year, and nothing follows.",
        task.count,
        country=country,
    )
    address = url_for("gaps.index", country=task.about, kind="coverage_ends")
    return TaskLine("gap", sentence, "", address, _("See which"))


def _confirm_projects(task: Task) -> TaskLine:
    sentence = ngettext(
        "%(num)s project of yours was not confirmed for half a year.",
        "%(num)s projects of yours were not confirmed for half a year.",
        task.count,
    )
    address = url_for("projects.index", mine="1", stale="1")
    return TaskLine(
        "stale", sentence, _("Say that it is still true, or change it."), address, _("Look through")
    )


def _finish_projects(task: Task) -> TaskLine:
    assert isinstance(task.first, Project)
    sentence = ngettext(
        "%(num)s draft of a project is not finished.",
        "%(num)s drafts of projects are not finished.",
        task.count,
    )
    note = task.first.title or _("Without a title")
    address = url_for("projects.index", mine="1", state="draft")
    if task.count == 1:
        address = url_for("projects.edit", project_id=task.first.public_id)
    return TaskLine("project", sentence, note, address, _("Go on"))


def _finish_requests(task: Task) -> TaskLine:
    assert isinstance(task.first, AssistanceRequest)
    sentence = ngettext(
        "%(num)s draft of a request is not sent.",
        "%(num)s drafts of requests are not sent.",
        task.count,
    )
    note = task.first.title or _("Without a title")
    address = url_for("assistance.index", mine="1", state="draft")
    if task.count == 1:
        address = url_for("assistance.edit", request_id=task.first.public_id)
    return TaskLine("request", sentence, note, address, _("Go on"))


def _read_digest(task: Task) -> TaskLine:
    if task.at is None:
        sentence = _("The digest of %(group)s has no schedule.", group=task.about)
        address = url_for("groups.schedule", code=task.about)
        return TaskLine("mail", sentence, _("It is sent by hand only."), address, _("Set one"))
    sentence = _(
        "The next digest of %(group)s goes out %(distance)s.",
        group=task.about,
        distance=day_distance(task.at.date()),
    )
    address = url_for("groups.digest", code=task.about)
    return TaskLine("mail", sentence, moment(task.at), address, _("Read it first"))


def _verify_organisations(task: Task) -> TaskLine:
    sentence = ngettext(
        "%(num)s organisation was named by an import, and nobody has looked at it.",
        "%(num)s organisations were named by imports, and nobody has looked at them.",
        task.count,
    )
    address = url_for("organisations.index", unverified="1")
    return TaskLine("stale", sentence, "", address, _("Look through"))


def _failed_mail(task: Task) -> TaskLine:
    sentence = ngettext(
        "%(num)s mail could not be delivered.", "%(num)s mails could not be delivered.", task.count
    )
    return TaskLine("wrong", sentence, "", url_for("admin.mail", state="failed"), _("See why"))


_TASKS: dict[TaskKind, Callable[[Task], TaskLine]] = {
    TaskKind.ANSWER_OFFERS: _answer_offers,
    TaskKind.JUDGE_OVERLAPS: _judge_overlaps,
    TaskKind.OWN_OVERLAPS: _own_overlaps,
    TaskKind.ANSWER_REQUESTS: _answer_requests,
    TaskKind.COVERAGE_ENDS: _coverage_ends,
    TaskKind.CONFIRM_PROJECTS: _confirm_projects,
    TaskKind.FINISH_PROJECTS: _finish_projects,
    TaskKind.FINISH_REQUESTS: _finish_requests,
    TaskKind.READ_DIGEST: _read_digest,
    TaskKind.VERIFY_ORGANISATIONS: _verify_organisations,
    TaskKind.FAILED_MAIL: _failed_mail,
}
