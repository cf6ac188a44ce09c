"""Why something fits a request, in words."""

from apiflask import APIFlask

from tacoord.matching.fit import Fit, Reason
from tacoord.web.assistance.words import reason_words


def test_an_offer_says_where_help_would_go_and_not_where_somebody_works(app: APIFlask) -> None:
    fit = Fit("a", 1.0, ((Reason.SAME_COUNTRY, ("KH",)),))
    with app.test_request_context():
        assert list(reason_words(fit)) == ["Works in Cambodia"]
        assert list(reason_words(fit, offer=True)) == ["Offered for Cambodia"]
