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
        ("保护受害者项目第 2 期", {"2"}),
        ("保护受害者项目第 二 阶段", {"2"}),
        ("1re phase du projet", {"1"}),
        ("Второй год проекта", {"2"}),
        ("حماية الضحايا المرحلة الثانيه", {"2"}),
        ("Component 2", {"2"}),
        ("I этап проекта", {"1"}),
        ("II этап проекта", {"2"}),
        ("Segunda fase do projeto", {"2"}),
        ("Primeira fase do projeto", {"1"}),
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
        "下一阶段打击贩运人口合作项目",
        "同一阶段的项目",
        "统一期限",
        "第一期刊",
        "二〇二一期",
        "一百二十期",
        "SDG 5: a call to action",
        "COVID-19: a year of response",
        "Goal 16 - a component of justice reform",
        "Agenda 21, a part of the whole",
        "Проект 2 и этап",
        "К концу 2025 года 10 центров",
        "دعم النائب العام 2",
        "One-year first aid training",
        "Multi-year Second Chance education",
        "Forma parte primera infancia",
        "Call UN Women",
        "I call for help",
        "Component 2a",
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


def test_every_sign_that_looks_like_a_number_can_be_read():
    odd = [chr(code) for code in range(0x110000) if chr(code).isdigit() != chr(code).isdecimal()]
    assert odd
    for sign in odd:
        title = f"{sign} a phase, {sign}-и этап, phase {sign}, 第{sign}期, phase{sign}"
        phases(title)
        numbering.numbers(words.split(title))


@pytest.mark.parametrize(
    "title", ["Component 1: shelters", "Компонент 2", "المكون الأول من البرنامج", "保护受害者子项目", "sub-project A"]
)  # fmt: skip
def test_a_component_is_known_by_its_name(title):
    assert numbering.is_piece(words.normalise(title), words.split(title))


def test_a_whole_is_no_component():
    title = "Programme with shelters"
    assert not numbering.is_piece(words.normalise(title), words.split(title))
