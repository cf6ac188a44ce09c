"""Terms of the vocabularies: codes with labels, and the tags that point to them."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tacoord.models.base import Base


class Term(Base):
    """One code of a vocabulary: a country, a pillar, a measure, a mandate …

    Codes never change and are never deleted while in use; a term that is no longer offered is not `active`.
    """

    __tablename__ = "terms"
    __table_args__ = (
        ForeignKeyConstraint(["vocabulary", "parent"], ["terms.vocabulary", "terms.code"]),
        Index("ix_terms_vocabulary_sort", "vocabulary", "sort"),
    )

    vocabulary: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    parent: Mapped[str | None] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(300))
    sort: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(300), default="")
    active: Mapped[bool] = mapped_column(default=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class TermTag:
    """Mixin for a tag: a term of a vocabulary, with its share where shares are stated."""

    vocabulary: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)
