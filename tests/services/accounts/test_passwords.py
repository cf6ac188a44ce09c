"""Which passwords are taken."""

import pytest
from argon2 import Type

from tacoord.errors import Invalid
from tacoord.models import User
from tacoord.services.accounts.passwords import is_right, set_password


def somebody() -> User:
    return User(email="amara.diallo@harbour.example", name="Amara Diallo", active=True)


@pytest.mark.parametrize(
    "password",
    [
        "short words",
        "x" * 257,
        "aaaaaaaaaaaaaaaa",
        "1234567890123456",
        "password1234",
        "Password123!",
        "qwertyuiopasdf",
        "iloveyouforever",
        "amaradiallo2026",
        "Harbour-Diallo-1",
        "tacoordtacoord",
        "trafficking1",
    ],
)
def test_what_is_short_common_or_ones_own_is_refused(password):
    with pytest.raises(Invalid):
        set_password(somebody(), password)


@pytest.mark.parametrize(
    "password",
    [
        "a quiet morning by the sea",
        "purple lamps never sing",
        "Tk9$vLq2#xWm",
        "тихое утро у моря",
        "静かな海辺の朝に歩く人たち",
        "all lower case and no digit",
    ],
)
def test_any_characters_are_taken_and_none_asked_for(password):
    user = somebody()
    set_password(user, password)
    assert is_right(user, password)
    assert not is_right(user, f"{password} ")
    assert password not in user.password_hash
    assert user.password_hash.startswith("$argon2id$")


def test_in_earnest_a_try_costs_three_rounds_over_64_mebibytes(hasher_in_earnest):
    assert hasher_in_earnest.time_cost >= 3
    assert hasher_in_earnest.memory_cost >= 64 * 1024
    assert hasher_in_earnest.type is Type.ID


def test_the_longest_password_counts_to_its_last_character():
    user = somebody()
    password = "many different words stand here, one after the other; " * 4
    set_password(user, password[:200] + "y")
    assert not is_right(user, password[:200] + "z")


def test_nobody_has_no_password():
    assert not is_right(None, "a quiet morning by the sea")
    assert not is_right(somebody(), "")
