"""What is said of a pair is no more than what was found."""

import pytest

from tacoord.matching import explain
from tacoord.matching.evidence import FEATURES
from tacoord.matching.match import ONLY_FOR, Evidence


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (1.0, "the title of one is in the text of the other"),
        (0.97, "the title of one is in the text of the other"),
        (0.9, "much of the title of one is in the text of the other"),
        (0.5, "much of the title of one is in the text of the other"),
        (0.2, "the title of neither is in the text of the other"),
    ],
)
def test_a_title_is_said_to_be_in_a_text_only_where_nearly_all_of_it_is(
    similarity: float, words: str
) -> None:
    evidence = Evidence("title_contained", "One", "Two", similarity, 1.0, 1.0)
    assert explain(evidence).template == words


# Of these no likeness lies just above or below the middle, or the sentence itself says which way it speaks.
NEUTRAL = {"phase", "component", "no_title", "partners", "strangers"}


@pytest.mark.parametrize("name", sorted({*FEATURES, "margin"} - ONLY_FOR - NEUTRAL))
def test_what_speaks_for_a_pair_is_never_said_as_what_speaks_against_it(name: str) -> None:
    below, above = (
        explain(Evidence(name, "1 USD", "2 USD", similarity, 1.0, 1.0)).template
        for similarity in (0.49, 0.51)
    )
    assert below != above


@pytest.mark.parametrize("name", sorted({*FEATURES, "margin", "base"}))
def test_every_piece_of_evidence_has_a_sentence(name: str) -> None:
    for similarity in (0.0, 0.3, 0.6, 1.0):
        assert str(explain(Evidence(name, "1 USD", "2 EUR", similarity, 1.0, 1.0)))
