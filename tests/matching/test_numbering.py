"""What a title counts: phases, parts, numbers and codes."""

import pytest

from tacoord.matching import numbering, words


def phases(title):
    return numbering.phases(words.normalise(title), words.split(title))


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Rule of law, phase II", {"2"}),
        ("Rule of law Phase 2", {"2"}),
        ("Rule of law (second phase)", {"2"}),
        ("Mobility grants (Year 3 - Round 1)", {"3", "1"}),
        ("PhaseI of the reform", {"1"}),
        ("Justice for all III", {"3"}),
        ("2nd phase of the reform", {"2"}),
        ("Deuxième phase du projet", {"2"}),
        ("2e phase du projet", {"2"}),
        ("Segundo ciclo de cursos, 3.ª fase", {"2", "3"}),
        ("Защита жертв, второй этап", {"2"}),
        ("Защита жертв в ходе третьего этапа", {"3"}),
        ("Защита жертв, 2-й этап", {"2"}),
        ("Защита жертв, фаза II", {"2"}),
        ("حماية الضحايا، المرحلة الثانية", {"2"}),
        ("حماية الضحايا - المرحلة ٢", {"2"}),
        ("保护受害者项目第二期", {"2"}),
        ("保护受害者项目（第2期）", {"2"}),
        ("保护受害者项目第十二阶段", {"12"}),
        ("保护受害者二期工程", {"2"}),
        ("保护受害者项目第二十一批", {"21"}),
    ],
)
def test_phases_are_found_however_they_are_written(title, found):
    assert phases(title) == found


@pytest.mark.parametrize(
    "title",
    [
        "I am not a number",
        "Vitamin V in schools",
        "A project in two phases",
        "One year of training",
        "保护一部分受害者的长期项目",
        "Вторая жизнь",
        "“十四五”期间保护受害者",
        "2020期",
    ],
)
def test_what_counts_no_part_is_no_phase(title):
    assert phases(title) == set()


def test_codes_mix_letters_and_digits():
    assert numbering.codes(words.split("Grant SAL600 and dsc-w120 of 2019, 2nd call")) == {
        "sal600",
        "w120",
    }


def test_numbers_are_written_one_way():
    assert numbering.numbers(words.split("Lot 007 of 2019")) == {"7", "2019"}
