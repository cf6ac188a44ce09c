"""What a title counts: phases and parts of one whole, pieces, numbers and codes, in the six languages of the UN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tacoord.matching.remembered import Remembered

# All words here are as `words.normalise` leaves them: no capitals, no diacritics. In the order of what they count.
_CARDINALS_TEXT: Final = (
    "one один одна", "two deux dos два две", "three trois tres три", "four quatre cuatro четыре",
    "five cinq cinco пять", "six seis шесть", "seven sept siete семь", "eight huit ocho восемь",
    "nine neuf nueve девять", "ten dix diez десять",
)  # fmt: skip
_ORDINALS_TEXT: Final = (
    "first premier premiere primer primero primera primeiro primeira", "second seconde deuxieme segundo segunda",
    "third troisieme tercer tercero tercera terceiro terceira", "fourth quatrieme cuarto cuarta quarto quarta",
    "fifth cinquieme quinto quinta",
    "sixth sixieme sexto sexta", "seventh septieme septimo septima", "eighth huitieme octavo octava",
    "ninth neuvieme noveno novena", "tenth dixieme decimo decima",
)  # fmt: skip
_ARABIC_TEXT: Final = (
    "الاول الاولى", "الثاني الثانية الثانيه", "الثالث الثالثة الثالثه", "الرابع الرابعة الرابعه",
    "الخامس الخامسة الخامسه", "السادس السادسة السادسه", "السابع السابعة السابعه", "الثامن الثامنة الثامنه",
    "التاسع التاسعة التاسعه", "العاشر العاشرة العاشره",
)  # fmt: skip
_RUSSIAN_STEMS: Final = "перв втор трет четверт пят шест седьм восьм девят десят".split()
_RUSSIAN_ENDINGS: Final = "ыи ои ии ая ое ого ому ом ым ую ья ье ьего ьему ьем ьим ью ьеи".split()


def _numbered(texts: Iterable[str]) -> dict[str, int]:
    return {word: number for number, text in enumerate(texts, start=1) for word in text.split()}


_ROMAN: Final = _numbered("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv".split())
_RUSSIAN: Final = {
    stem + ending: number
    for stem, number in _numbered(_RUSSIAN_STEMS).items()
    for ending in _RUSSIAN_ENDINGS
}
_BEFORE: Final = {**_numbered(_ORDINALS_TEXT), **_RUSSIAN}
# After a part an ordinal of English, French or Spanish belongs to the next word: "one-year first aid training".
_AFTER: Final = {**_ROMAN, **_numbered(_CARDINALS_TEXT), **_numbered(_ARABIC_TEXT), **_RUSSIAN}
# "2nd", "2e", "2eme", "2a": before a part.
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|ere|re|nde|de|e|eme|o|a)")
_ENGLISH_ORDINAL: Final = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
# "2-й" and "2.ª", of which the ending is a word of its own.
_CUT_ORDINAL: Final = re.compile(
    r"(?<!\w)(\d{1,2})[-.](?:a|o|e|и|ыи|ои|ая|я|го|ого|ом|м|е)\s+([^\W\d_]+)"
)
# A number beside one of these words counts parts of one whole: two numbers are two things.
_PARTS_TEXT = """
    phase phases ph round year stage part lot tranche component cycle series window volume vol batch
    cohort call annee etape partie composante tour fase etapa parte componente ronda ano ciclo serie faza chast
    фаза фазы фазе фазу фазои этап этапа этапе этапу этапом часть части раунд раунда транш транша
    компонент компонента цикл цикла
    المرحلة المرحله مرحلة للمرحلة بالمرحلة والمرحلة الدورة الجولة الجزء المكون السنة الدفعة
"""
_PARTS = frozenset(_PARTS_TEXT.split())
# What follows "2025 года" counts something else.
_YEARS: Final = frozenset("год года годом году".split())
_COUNTED: Final = _PARTS | _YEARS
# A title with one of these words is that of a part of something larger.
_PIECES_TEXT = """
    component components subcomponent subcomponents subproject subprojects subgrant subaward workpackage
    composante composantes composant componente componentes subproyecto subcomponente komponente
    komponent komponenta компонент компонента компоненты компонентов подпроект подпроекта
    مكون المكون مكونات المكونات
"""
_PIECES = frozenset(_PIECES_TEXT.split())
_SUB_PIECES = frozenset({"project", "projects", "component", "grant", "award"})
_GLUED = re.compile(r"(phase|round|year|part|lot|stage|fase|faza)(\d+|[ivx]+)")
_CHINESE_PIECE: Final = re.compile("子项目|子項目|组成部分|組成部分")
# Chinese writes without blanks, so a sign before a numeral ("next", "same", "100") or behind a part ("period", "date",
# "journal") makes another word of it; what also ends ordinary words ("part", "year") counts only after 第 ("the …-th").
_NUMERAL: Final = r"([一二三四五六七八九十]{1,3}|\d{1,3})"
_CHINESE: Final = re.compile(
    rf"(?:第\s?|(?<![\d下上同每这某新统单唯任另万〇零百一二三四五六七八九十])){_NUMERAL}\s?(?:期(?![间間限刊望待货貨])|阶段|階段)"
    rf"|第\s?{_NUMERAL}\s?(?:部分|轮|輪|批|年)"
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
    found.update(_cut_ordinals(plain))
    for at, word in enumerate(words):
        if glued := _glued(word):
            found.add(glued)
        elif word in _ROMAN and (len(word) > 1 or at == len(words) - 1) and at > 0:
            found.add(str(_ROMAN[word]))
        elif word in _COUNTED:
            before = _ordinal(words[at - 1], word) if at else None
            after = _count(words[at + 1]) if word in _PARTS and at + 1 < len(words) else None
            found.update(str(number) for number in (before, after) if number)
    return found


def _cut_ordinals(plain: str) -> Iterable[str]:
    for one in _CUT_ORDINAL.finditer(plain):
        if one[2] in _COUNTED:
            yield str(int(one[1]))


def _phases_without_blanks(plain: str) -> Iterable[str]:
    for one in _CHINESE.finditer(plain):
        written = one[1] or one[2]
        yield str(int(written) if written.isdigit() else _chinese_number(written))


def _chinese_number(numeral: str) -> int:
    """1 to 99: 三 is 3, 十二 is 12, 二十一 is 21; of digits side by side the last counts."""
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _digit(ones)
    return 10 * (_digit(tens) or 1) + _digit(ones)


def _digit(sign: str) -> int:
    """What one numeral counts; none is 0."""
    return _CHINESE_NUMERALS.find(sign[-1]) + 1 if sign else 0


def _ordinal(word: str, part: str) -> int | None:
    """What an ordinal before a part counts; Russian writes "I этап", where English "I" is a word."""
    if numbered := _ORDINAL.fullmatch(word):
        return int(numbered[1])
    roman = _ROMAN.get(word) if len(word) > 1 or not part.isascii() else None
    return roman or _BEFORE.get(word)


def _glued(word: str) -> str | None:
    """The number that a word such as "phase2" ends with."""
    glued = _GLUED.fullmatch(word)
    return str(_count(glued[2]) or glued[2]) if glued else None


def _counts(word: str) -> bool:
    """Whether a word may say which of several parts is meant."""
    return word in _ROMAN or word in _COUNTED or _glued(word) is not None


_COUNTS: Final = Remembered(_counts)


def _count(word: str) -> int | None:
    """What a number after a part counts."""
    if word.isdecimal() and len(word) <= 4:
        return int(word)
    return _AFTER.get(word)


def is_piece(plain: str, words: Sequence[str]) -> bool:
    """Whether a title says that its project is a component of something larger; as in `phases`."""
    if not _PIECES.isdisjoint(words) or (not plain.isascii() and _CHINESE_PIECE.search(plain)):
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
        and not _ENGLISH_ORDINAL.fullmatch(word)
        and not _GLUED.fullmatch(word)
    }
