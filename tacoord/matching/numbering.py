"""What a title counts: phases and parts of one whole, pieces, numbers and codes, in the six languages of the UN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tacoord.matching.remembered import Remembered

# All words here are as `words.normalise` leaves them: no capitals, no diacritics. In the order of what they count.
_CARDINALS_TEXT: Final = (
    "one un uno один одна", "two deux dos два две", "three trois tres три", "four quatre cuatro четыре",
    "five cinq cinco пять", "six seis шесть", "seven sept siete семь", "eight huit ocho восемь",
    "nine neuf nueve девять", "ten dix diez десять",
)  # fmt: skip
_ORDINALS_TEXT: Final = (
    "first premier premiere primer primero primera الاول الاولى",
    "second seconde deuxieme segundo segunda الثاني الثانية",
    "third troisieme tercer tercero tercera الثالث الثالثة",
    "fourth quatrieme cuarto cuarta الرابع الرابعة",
    "fifth cinquieme quinto quinta الخامس الخامسة",
    "sixth sixieme sexto sexta السادس السادسة",
    "seventh septieme septimo septima السابع السابعة",
    "eighth huitieme octavo octava الثامن الثامنة",
    "ninth neuvieme noveno novena التاسع التاسعة",
    "tenth dixieme decimo decima العاشر العاشرة",
)
_RUSSIAN_STEMS: Final = "перв втор трет четверт пят шест седьм восьм девят десят".split()
_RUSSIAN_ENDINGS: Final = "ыи ои ии ая ое ого ому ом ым ую ья ье ьего ьему ьем ьим ью ьеи".split()


def _numbered(texts: Iterable[str]) -> dict[str, int]:
    return {word: number for number, text in enumerate(texts, start=1) for word in text.split()}


_ROMAN: Final = _numbered("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split())
_CARDINALS: Final = _numbered(_CARDINALS_TEXT)
_ORDINALS: Final = {
    **_numbered(_ORDINALS_TEXT),
    **{
        stem + ending: number
        for stem, number in _numbered(_RUSSIAN_STEMS).items()
        for ending in _RUSSIAN_ENDINGS
    },
}
# "2nd", "2e", "2eme", "2a".
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|ere|e|eme|o|a)")
# A number beside one of these words counts parts of one whole: two numbers are two things.
_PARTS_TEXT = """
    phase phases ph round year stage part lot tranche component cycle series window volume vol batch
    cohort call annee etape partie composante tour fase etapa parte componente ronda ano ciclo serie faza chast
    фаза фазы фазе фазу фазои этап этапа этапе этапу этапом часть части раунд раунда транш транша год года
    компонент компонента цикл цикла
    المرحلة مرحلة للمرحلة بالمرحلة والمرحلة الدورة الجولة الجزء المكون السنة العام الدفعة
"""
_PARTS = frozenset(_PARTS_TEXT.split())
# A title with one of these words is that of a part of something larger.
_PIECES_TEXT = """
    component components subcomponent subcomponents subproject subprojects subgrant subaward workpackage
    composante composantes composant componente componentes subproyecto subcomponente komponente
    komponent komponenta компонент компонента подпроект
"""
_PIECES = frozenset(_PIECES_TEXT.split())
_SUB_PIECES = frozenset({"project", "projects", "component", "grant", "award"})
_GLUED = re.compile(r"(phase|round|year|part|lot|stage|fase|faza)(\d+|[ivx]+)")
# Chinese writes without blanks. What also ends ordinary words ("part", "year") counts only after 第 ("the …-th").
_CHINESE = re.compile(
    r"第?([一二三四五六七八九十]{1,3}|(?<!\d)\d{1,3})(?:期(?![间間])|阶段|階段)"
    r"|第([一二三四五六七八九十]{1,3}|\d{1,3})(?:部分|轮|輪|批|年)"
)
_CHINESE_NUMERALS: Final = "一二三四五六七八九"


def phases(plain: str, words: Sequence[str]) -> set[str]:
    """The numbers of phases, rounds, years and parts that a title names ("phase II" is "2").

    A roman numeral of two or more letters and a single "I" or "V" at the end count as well. plain: the title as
    `words.normalise` gives it; words: as `words.split`.
    """
    found = set() if plain.isascii() else set(_phases_without_blanks(plain))
    if not any(map(_COUNTS.__getitem__, words)):
        return found
    for at, word in enumerate(words):
        if glued := _glued(word):
            found.add(glued)
        elif word in _ROMAN and (len(word) > 1 or at == len(words) - 1) and at > 0:
            found.add(str(_ROMAN[word]))
        elif word in _PARTS:
            beside = (
                _count_after(words[at + 1 : at + 2]),
                _count_before(words[max(at - 2, 0) : at]),
            )
            found.update(str(number) for number in beside if number)
    return found


def _phases_without_blanks(plain: str) -> Iterable[str]:
    for one in _CHINESE.finditer(plain):
        written = one[1] or one[2]
        yield str(int(written) if written.isdigit() else _chinese_number(written))


def _chinese_number(numeral: str) -> int:
    """1 to 99: 三 is 3, 十二 is 12, 二十一 is 21."""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _digit(ones)
    return 10 * (_digit(tens) or 1) + _digit(ones)


def _digit(sign: str) -> int:
    """What one numeral counts; none is 0."""
    return _CHINESE_NUMERALS.find(sign[-1]) + 1 if sign else 0


def _count_after(words: Sequence[str]) -> int | None:
    return _count(words[0]) if words else None


def _count_before(words: Sequence[str]) -> int | None:
    """The ordinal before a part: "second", "2nd", "2-й", which comes as two words."""
    if not words:
        return None
    if ordinal := _ordinal(words[-1]):
        return ordinal
    cut = len(words) == 2 and words[0].isdigit() and len(words[0]) <= 2
    return int(words[0]) if cut and words[1] in _CUT_OFF else None


_CUT_OFF: Final = frozenset("a o и ыи ои ая я го ого ом м е".split())


def _ordinal(word: str) -> int | None:
    numbered = _ORDINAL.fullmatch(word)
    return int(numbered[1]) if numbered else _ORDINALS.get(word)


def _glued(word: str) -> str | None:
    """The number that a word such as "phase2" ends with."""
    glued = _GLUED.fullmatch(word)
    return str(_count(glued[2]) or glued[2]) if glued else None


def _counts(word: str) -> bool:
    """Whether a word may say which of several parts is meant."""
    return word in _ROMAN or word in _PARTS or _glued(word) is not None


_COUNTS: Final = Remembered(_counts)


def _count(word: str) -> int | None:
    if word.isdecimal() and len(word) <= 4:
        return int(word)
    return _ROMAN.get(word) or _CARDINALS.get(word) or _ordinal(word)


def is_piece(words: Sequence[str]) -> bool:
    """Whether a title says that its project is a component of something larger."""
    if not _PIECES.isdisjoint(words):
        return True
    return "sub" in words and any(
        one == "sub" and other in _SUB_PIECES for one, other in pairwise(words)
    )


def numbers(words: Sequence[str]) -> set[str]:
    """Every number in a title, written one way: digits without leading zeros."""
    return {str(int(word)) for word in words if len(word) < 12 and word.isdecimal()}


def codes(words: Iterable[str]) -> set[str]:
    """Words of letters and digits mixed, such as the number of a grant or of a model."""
    return {
        word
        for word in words
        if not word.isalpha()
        and not word.isdecimal()
        and len(word) >= 3
        and any(sign.isdigit() for sign in word)
        and not _ORDINAL.fullmatch(word)
        and not _GLUED.fullmatch(word)
    }
