"""What is worked out of a word once."""

from tacoord.matching.remembered import Remembered


def test_a_word_is_worked_out_once():
    asked = []
    lengths = Remembered(lambda word: asked.append(word) or len(word))
    assert [lengths[word] for word in ("one", "three", "one")] == [3, 5, 3]
    assert asked == ["one", "three"]


def test_what_is_kept_stays_bounded():
    lengths = Remembered(len, most=3)
    assert [lengths["x" * size] for size in range(1, 11)] == list(range(1, 11))
    assert len(lengths) <= 3


def test_a_word_that_is_too_long_is_not_kept():
    lengths = Remembered(len)
    assert lengths["x" * 5_000] == 5_000
    assert not lengths
