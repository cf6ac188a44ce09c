"""What the records of registers of odd shapes say, by their number."""

from typing import Any

REGION = [{"code": code} for code in (
    "AF AL DZ AO AR AM AZ BD BJ BO BA BW BR BF BI KH CM TD CL CO CD CR CI DJ EC EG SV ET GA GM GE GH GT GN HT HN IN ID "
    "IQ JO"
).split()]  # fmt: skip
WORK = (
    "shelter",
    "helpline",
    "border posts",
    "legal aid",
    "labour inspection",
    "return",
    "search",
    "training",
)


def equal_titles(_number: int) -> dict[str, Any]:
    """What every record says alike."""
    return {"title": {"en": "Counter trafficking programme"}}


def one_large_country(number: int) -> dict[str, Any]:
    """Of which a third are in one country."""
    place = "KE" if number % 3 == 0 else ("UG", "TZ", "NP", "BD", "LA")[number % 5]
    return {
        "title": {"en": f"{WORK[number % 8]} against trafficking {number}"},
        "countries": [{"code": place}],
        "start": f"20{10 + number % 12}-01-01",
    }


def forty_countries(number: int) -> dict[str, Any]:
    """Each in the same forty countries."""
    return {
        "title": {"en": f"Regional {WORK[number % 8]} {number % 50}"},
        "countries": REGION,
        "budget": [{"amount": 1_000_000 + 50_000 * (number % 9), "currency": "EUR"}],
    }
