"""Records in the shape of `tacoord match` for the tests of matching; a test states only what it is about."""

from typing import Any

from tacoord.matching import Facts, read_facts


def record(key: str = "a", **values: Any) -> dict[str, Any]:
    """A project as a register holds it; a value of None leaves the field out."""
    told: dict[str, Any] = {
        "id": key,
        "title": {"en": "Shelter and legal aid for survivors of trafficking in Kampong Thom"},
        "reporting_org": {"ref": "XI-DONOR-1", "name": "Northern Fund for Justice"},
        "participating_orgs": [
            {"ref": "XI-DONOR-1", "name": "Northern Fund for Justice", "role": "1"},
            {"ref": "XI-NGO-7", "name": "Open Door Shelter Network", "role": "4"},
        ],
        "countries": [{"code": "KH", "percentage": 100}],
        "start": "2020-03-01",
        "end": "2023-02-28",
        "budget": [{"amount": 812345, "currency": "USD"}],
        "sectors": [{"code": "15160", "vocabulary": "1"}],
        "pillars": ["PROT"],
    }
    told.update(values)
    return {name: value for name, value in told.items() if value is not None}


def facts(key: str = "a", **values: Any) -> Facts:
    """The facts of `record`."""
    return read_facts(record(key, **values))[0]


def implementers_side(key: str = "b", **values: Any) -> dict[str, Any]:
    """The same activity as its implementer reports it."""
    own = {
        "reporting_org": {"ref": "XI-NGO-7", "name": "Open Door Shelter Network"},
        "title": {"en": "Kampong Thom: shelter and legal aid for trafficking survivors"},
        "budget": [{"amount": 809000, "currency": "USD"}],
    }
    return record(key, **{**own, **values})
