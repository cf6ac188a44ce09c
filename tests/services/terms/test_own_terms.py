"""Terms in use: counted over what the reader may know of."""

from tacoord.models import ProjectState, Visibility
from tacoord.services.terms.own_terms import count_uses
from tacoord.services.visibility import EVERYTHING, REGISTERED
from tests.factories import make_project


def test_the_uses_of_a_term_are_counted_over_what_the_reader_may_know(session):
    code = "PROT-4"
    for said in (
        {},
        {"visibility": Visibility.ORGANISATION},
        {"state": ProjectState.DRAFT},
    ):
        make_project(session, measures=frozenset({code}), **said)
    assert count_uses(session, "measure", REGISTERED)[code] == 1
    assert count_uses(session, "measure", EVERYTHING)[code] == 3
