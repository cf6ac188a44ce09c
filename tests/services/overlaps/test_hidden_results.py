"""What a job writes down of its run is read by who may not see every pair."""

from flask import Flask
from sqlalchemy.orm import Session

from tacoord import jobs
from tacoord.models import Visibility
from tests.factories import make_organisation
from tests.services.pairs import a_draft, a_project


def test_the_result_of_a_sweep_tells_no_number_of_pairs(app: Flask, store: Session) -> None:
    for visibility in (Visibility.PUBLIC, Visibility.ORGANISATION):
        a_project(store, make_organisation(store), a_draft(visibility=visibility))
    store.commit()
    with app.app_context():
        assert not any(sign.isdigit() for sign in jobs.run_job("overlaps"))
