"""Vocabularies: what terms there are, add one, offer one no more."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length

from tacoord.errors import Invalid
from tacoord.extensions import db
from tacoord.services.terms.own_terms import (
    LONGEST_CODE,
    LONGEST_LABEL,
    OPEN,
    add_term,
    count_uses,
    switch_term,
)
from tacoord.services.terms.vocabularies import count_terms, labels, list_terms
from tacoord.web.admin.vocabulary_words import vocabulary_words
from tacoord.web.forms import Needed, PageForm, choices
from tacoord.web.gate import actor, allowed, viewer

bp = Blueprint("vocabularies", __name__, url_prefix="/admin/vocabularies")


class TermForm(PageForm):
    """A new term."""

    code = StringField(
        _l("Code"),
        [Needed(), Length(max=LONGEST_CODE)],
        description=_l(
            "It never changes and is never given again. For example %(code)s.", code="PROT-9"
        ),
    )
    label = StringField(_l("Words"), [Needed(), Length(max=LONGEST_LABEL)])
    parent = SelectField(_l("Part of"))
    pillar = SelectField(_l("Pillar"))
    source = StringField(
        _l("Source"),
        [Length(max=LONGEST_LABEL)],
        description=_l("Where the term comes from: a document and its paragraph."),
    )


@bp.get("")
@allowed("admin.view")
def index() -> ResponseReturnValue:
    """Which words does the register use?"""
    lines = [
        (name, vocabulary_words(name), count, name in OPEN)
        for name, count in count_terms(db.session()).items()
    ]
    return render_template("admin/vocabularies.html", lines=lines)


@bp.route("/<name>", methods=["GET", "POST"])
@allowed("vocabulary.edit")
def show(name: str) -> ResponseReturnValue:
    """The terms of one vocabulary, and a form for a new one."""
    session = db.session()
    terms = list_terms(session, name)
    form = TermForm()
    parents = ((t.code, f"{t.code} {t.label}") for t in terms if t.parent is None)
    form.parent.choices = choices(parents, blank=_("No other term"))
    form.pillar.choices = choices(labels(session, "pillar").items(), blank=_("Choose"))
    if name != "measure":
        del form.pillar
    if form.validate_on_submit():
        try:
            term = add_term(
                session,
                name,
                code=form.code.data or "",
                label=form.label.data or "",
                source=form.source.data or "",
                parent=form.parent.data,
                pillar=form.pillar.data if "pillar" in form else None,
                by=actor(),
            )
        except Invalid as error:
            form.show(error)
        else:
            session.commit()
            flash(_("The term “%(term)s” is added.", term=term.label), "success")
            return redirect(url_for(".show", name=name))
    page = render_template(
        "admin/vocabulary.html",
        name=name,
        words=vocabulary_words(name),
        terms=terms,
        uses=count_uses(session, name, viewer()),
        open=name in OPEN,
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/<name>/<code>")
@allowed("vocabulary.edit")
def switch(name: str, code: str) -> ResponseReturnValue:
    """Offer a term, or offer it no more."""
    active = request.form.get("active") == "1"
    term = switch_term(db.session(), name, code, active=active, by=actor())
    db.session.commit()
    if active:
        flash(_("“%(term)s” is offered again.", term=term.label), "success")
    else:
        words = _("“%(term)s” is offered no more. Records that have it keep it.", term=term.label)
        flash(words, "success")
    return redirect(url_for(".show", name=name, _anchor=f"term-{code}"))
