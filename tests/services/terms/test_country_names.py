"""Countries are found by name, and never guessed."""

import pytest

from tacoord.services.terms.country_names import countries_named_like, country_name, find_country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KH", "KH"),
        ("khm", "KH"),
        ("Cambodia", "KH"),
        ("Камбоджа", "KH"),
        ("柬埔寨", "KH"),
        ("كمبوديا", "KH"),
        ("Republic of Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Democratic People's Republic of Korea", "KP"),
        ("Democratic People’s Republic of Korea", "KP"),
        ("Côte d’Ivoire", "CI"),
        ("ivory coast", "CI"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Dem. Rep. Congo", "CD"),
        ("Republic of the Congo", "CG"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Guinea", "GN"),
        ("Guinea-Bissau", "GW"),
        ("Dominica", "DM"),
        ("Dominican Republic", "DO"),
        ("Lao PDR", "LA"),
        ("Viet Nam", "VN"),
        ("Swaziland", "SZ"),
        ("The Gambia", "GM"),
        ("Korea", None),
        ("Camboda", None),
        ("in Cambodia", None),
        ("Africa", None),
        ("XX", None),
        ("", None),
        ("  ", None),
    ],
)
def test_a_text_names_a_country_or_none(text: str, code: str | None) -> None:
    assert find_country(text) == code


def test_names_are_those_of_the_language() -> None:
    assert country_name("KH", "fr") == "Cambodge"
    assert country_name("QQ", "en") == "QQ"


def test_a_search_box_finds_countries_by_the_beginning_of_a_word() -> None:
    assert countries_named_like("camb") == ("KH",)
    assert {"GN", "GW", "GQ", "PG"} == set(countries_named_like("guinea"))
    assert countries_named_like("a") == ()
    assert countries_named_like("sri-lanka") == countries_named_like("Sri Lanka") == ("LK",)
    assert countries_named_like("timor leste") == countries_named_like("timor-leste") == ("TL",)
    assert countries_named_like("%") == countries_named_like("__") == ()
