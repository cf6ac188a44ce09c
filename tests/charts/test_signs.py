"""Signs say what they mean by their shape alone."""

from tacoord.charts.signs import SHAPES, Sign, sign_in_text, sign_on_map


def test_each_sign_has_a_shape_of_its_own():
    assert set(SHAPES) == set(Sign)
    assert len(set(SHAPES.values())) == len(Sign)


def test_a_sign_says_in_its_class_what_it_is_and_leaves_the_words_to_the_text():
    assert 'class="sign sign-gap"' in sign_on_map(Sign.GAP)
    assert 'aria-hidden="true"' in sign_in_text(Sign.GAP)
