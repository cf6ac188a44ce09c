"""Steps of coverage."""

import pytest

from tacoord.charts.coverage import coverage_step, step_words


@pytest.mark.parametrize(
    ("projects", "step"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (900, 4)]
)
def test_a_number_of_projects_is_in_one_of_five_steps(projects, step):
    assert coverage_step(projects) == step


def test_the_words_of_the_legend_are_the_ranges_of_the_steps():
    assert step_words() == ("0", "1", "2–3", "4–7", "8+")
