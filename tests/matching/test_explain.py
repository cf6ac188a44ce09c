"""What is said of a pair is no more than what was found."""

import pytest

from tacoord.matching import explain
from tacoord.matching.match import Evidence


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
