"""The signs of a cell say only what the cell itself counts."""

from flask import Flask

from tacoord.services.coverage.coverage import CoverageCell
from tacoord.web.coverage.cells import signs_of


def test_a_cell_without_projects_shows_no_overlap_of_projects_that_it_does_not_count(
    app: Flask,
) -> None:
    with app.test_request_context():
        assert [name for name, _ in signs_of(CoverageCell(overlaps=1))] == []
        assert [name for name, _ in signs_of(CoverageCell(projects=1, overlaps=1))] == ["overlap"]
