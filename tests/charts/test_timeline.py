"""The time line: bars where the days are, in words too."""

from datetime import date

import pytest
from lxml import html

from tacoord.charts.timeline import Bar, Lane, Span, project_timeline, span_of

TODAY = date(2026, 7, 1)


def bar(starts, ends, title="Shelter for survivors"):
    return Bar(title, "Agency A, 2026", starts, ends, "/projects/abc")


def drawn(*lanes):
    return html.fromstring(
        project_timeline(
            lanes,
            today=TODAY,
            title="Projects in Cambodia",
            today_words="Today",
            empty_words="No project is registered.",
        )
    )


def bars(tree):
    return [
        (rect.get("class"), rect.get("x"), rect.get("width"))
        for rect in tree.iter("rect")
        if rect.get("height") == "14"
    ]


def test_a_bar_lies_between_its_days_both_included():
    span = Span(date(2026, 1, 1), date(2027, 12, 31))
    assert span.share(date(2026, 1, 1)) == 0
    assert span.share(date(2027, 1, 1)) == 50
    tree = drawn(Lane("Protection", [bar(date(2026, 1, 1), date(2026, 12, 31))]))
    assert bars(tree) == [("tl-runs", "0%", "50%")]


@pytest.mark.parametrize(
    ("starts", "ends", "kind"),
    [
        (date(2026, 1, 1), date(2026, 6, 30), "tl-over"),
        (date(2026, 1, 1), date(2026, 7, 1), "tl-runs"),
        (date(2026, 7, 2), date(2026, 12, 31), "tl-planned"),
        (date(2026, 1, 1), None, "tl-runs tl-open"),
        (None, date(2026, 6, 1), "tl-over tl-open"),
        (None, None, "tl-runs tl-open"),
    ],
)
def test_over_running_planned_and_unknown_differ(starts, ends, kind):
    ((found, _, _),) = bars(drawn(Lane("Protection", [bar(starts, ends)])))
    assert found == kind


def test_the_line_has_this_year_and_the_next_and_stops_before_it_gets_too_long():
    assert span_of([], TODAY) == Span(date(2026, 1, 1), date(2027, 12, 31))
    long = [bar(date(1990, 1, 1), date(2090, 1, 1))]
    assert span_of(long, TODAY) == Span(date(2023, 1, 1), date(2032, 12, 31))


def test_what_goes_over_the_edge_has_an_arrow_and_what_lies_beyond_has_only_that():
    tree = drawn(Lane("Protection", [bar(date(1990, 1, 1), date(2090, 1, 1))]))
    assert len(tree.find_class("tl-arrow")) == 2
    assert bars(tree) == [("tl-runs", "0%", "100%")]
    long_over = drawn(Lane("Protection", [bar(date(1990, 1, 1), date(1991, 1, 1))]))
    assert bars(long_over) == []
    assert len(long_over.find_class("tl-arrow")) == 1


def test_the_title_is_a_link_and_all_is_said_in_words():
    tree = drawn(Lane("Protection", [bar(date(2026, 1, 1), None, "<Shelter>")]))
    assert tree.get("aria-label") == "Projects in Cambodia"
    (link,) = tree.iter("a")
    assert (link.get("href"), link.text) == ("/projects/abc", "<Shelter>")
    assert tree.findtext(".//small") == "Agency A, 2026"
    assert tree.findtext(".//h3") == "Protection"


def test_the_end_of_coverage_is_a_line_and_a_sentence():
    cliff = date(2026, 12, 31)
    lane = Lane("Protection", [bar(date(2026, 1, 1), cliff)], cliff, "Coverage ends in December.")
    tree = drawn(lane)
    assert "Coverage ends in December." in tree.find_class("tl-note")[0].text_content()
    assert {line.get("x1") for line in tree.find_class("tl-cliff")} == {"50%"}


def test_a_lane_without_projects_says_so_and_is_bare():
    tree = drawn(Lane("Prevention", []))
    assert "No project is registered." in tree.text_content()
    assert tree.find_class("tl-bare")


def test_todays_line_runs_through_every_row():
    tree = drawn(Lane("Protection", [bar(None, None)] * 3), Lane("Prevention", []))
    assert len(tree.find_class("tl-today")) == 1 + 2 + 3
