"""The project form as a browser sends it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from tacoord.models import Project, User


def typed(user: User, **values: object) -> dict[str, object]:
    """What a browser sends for a whole form."""
    said: dict[str, object] = {
        "version": "",
        "organisation": user.organisation.public_id,
        "title": "Night shelter on the pier",
        "language": "en",
        "description": "Beds, food and advice.",
        "participants-0-name": "Lantern Trust",
        "participants-0-role": "4",
        "participants-0-ref": "",
        "countries-0-code": "KH",
        "countries-0-percentage": "100",
        "regions-0-code": "",
        "pillars-0-code": "PROT",
        "pillars-0-percentage": "",
        "measures": ["PROT-1"],
        "status": "2",
        "planned_start": "2026-01-01",
        "planned_end": "2027-12-31",
        "budget-0-amount": "1,250,000.50",
        "budget-0-currency": "EUR",
        "budget-0-type": "1",
        "visibility": "registered",
    }
    return {**said, **values}


def only_project(store: Session) -> Project:
    store.rollback()  # else SQLite shows what stood there when this session began to read
    store.expire_all()
    return store.scalars(select(Project)).one()
