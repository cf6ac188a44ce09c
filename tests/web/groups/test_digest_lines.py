"""Lines of a digest on its page: a pair is one link that names both projects."""

from types import SimpleNamespace

from flask import Flask, render_template_string
from lxml import html

from tacoord.services.digests.words import Line

PAGE = '{% import "digests/parts.html" as parts %}{{ parts.lines(section) }}'


def test_a_pair_is_one_link_that_names_both_projects(app: Flask) -> None:
    line = Line(sentence="", url="/overlaps/abc", titles=("Shelter", "ملجأ"))
    section = SimpleNamespace(sign="overlap", lines=[line], more="", more_url="")
    with app.test_request_context():
        page = html.fromstring(render_template_string(PAGE, section=section))
    (link,) = page.xpath("//a")
    assert link.text_content() == "Shelter and ملجأ"
    assert [each.text for each in link.xpath(".//bdi")] == ["Shelter", "ملجأ"]
