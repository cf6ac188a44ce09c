"""IATI's codes as we use them: what is a code of 2.03, and what 1.x called the same thing."""

from collections.abc import Mapping

ORGANISATION_ROLES: Mapping[str, str] = {
    "1": "Funding",
    "2": "Accountable",
    "3": "Extending",
    "4": "Implementing",
}

ORGANISATION_TYPES: Mapping[str, str] = {
    "10": "Government",
    "11": "Local government",
    "15": "Other public sector",
    "21": "International NGO",
    "22": "National NGO",
    "23": "Regional NGO",
    "24": "NGO of the partner country",
    "30": "Public-private partnership",
    "40": "Multilateral",
    "60": "Foundation",
    "70": "Private sector",
    "71": "Private sector of the provider country",
    "72": "Private sector of the recipient country",
    "73": "Private sector of a third country",
    "80": "Academic, training and research",
    "90": "Other",
}

ACTIVITY_STATUSES: Mapping[str, str] = {
    "1": "Pipeline",
    "2": "Implementation",
    "3": "Finalisation",
    "4": "Closed",
    "5": "Cancelled",
    "6": "Suspended",
}

PIPELINE, IMPLEMENTATION, CLOSED = "1", "2", "4"

DATE_TYPES: Mapping[str, str] = {
    "1": "Planned start",
    "2": "Actual start",
    "3": "Planned end",
    "4": "Actual end",
}

TRANSACTION_TYPES: Mapping[str, str] = {
    "1": "Incoming funds",
    "2": "Outgoing commitment",
    "3": "Disbursement",
    "4": "Expenditure",
    "5": "Interest payment",
    "6": "Loan repayment",
    "7": "Reimbursement",
    "8": "Purchase of equity",
    "9": "Sale of equity",
    "10": "Credit guarantee",
    "11": "Incoming commitment",
    "12": "Outgoing pledge",
    "13": "Incoming pledge",
}

RELATED_TYPES: Mapping[str, str] = {
    "1": "Parent",
    "2": "Child",
    "3": "Sibling",
    "4": "Co-funded",
    "5": "Third party",
}

BUDGET_TYPES: Mapping[str, str] = {"1": "Original", "2": "Revised"}
BUDGET_STATUSES: Mapping[str, str] = {"1": "Indicative", "2": "Committed"}
DESCRIPTION_TYPES = frozenset("1234")
CONTACT_TYPES = frozenset("1234")
SCOPES = frozenset("12345678")
SIGNIFICANCES = frozenset("01234")
OTHER_IDENTIFIER_TYPES = frozenset(("A1", "A2", "A3", "A4", "A9", "B1", "B9"))
REGION_VOCABULARIES = frozenset(("1", "2", "99"))
SECTOR_VOCABULARIES = frozenset((*(str(n) for n in range(1, 13)), "98", "99"))
MARKER_VOCABULARIES = frozenset(("1", "99"))
TAG_VOCABULARIES = frozenset(("1", "2", "3", "4", "5", "99"))

DAC_REGIONS = frozenset(
    str(code)
    for code in (
        *(88, 89, 189, 289, 298, 380, 389, 489, 498, 589, 619, 679, 689, 789, 798, 889, 998),
        *range(1027, 1036),
    )
)
"""OECD DAC's codes of regions; some publishers put one where a country belongs."""

_WORDS_OF_1X: Mapping[str, Mapping[str, str]] = {
    "role": {"funding": "1", "accountable": "2", "extending": "3", "implementing": "4"},
    "date": {
        "start-planned": "1",
        "start-actual": "2",
        "end-planned": "3",
        "end-actual": "4",
        "planned-start": "1",
        "actual-start": "2",
        "planned-end": "3",
        "actual-end": "4",
    },
    "status": {
        "pipeline/identification": "1",
        "pipeline": "1",
        "implementation": "2",
        "completion": "3",
        "finalisation": "3",
        "post-completion": "4",
        "closed": "4",
        "cancelled": "5",
        "suspended": "6",
    },
    "transaction": {
        "if": "1",
        "c": "2",
        "d": "3",
        "e": "4",
        "ir": "5",
        "lr": "6",
        "r": "7",
        "qp": "8",
        "qs": "9",
        "cg": "10",
    },
    "budget": {"original": "1", "revised": "2"},
    "budget status": {"indicative": "1", "committed": "2"},
    "related": {
        "parent": "1",
        "child": "2",
        "sibling": "3",
        "multifunded": "4",
        "co-funded": "4",
        "third party": "5",
    },
    "organisation type": {
        "government": "10",
        "other public sector": "15",
        "international ngo": "21",
        "national ngo": "22",
        "regional ngo": "23",
        "public private partnership": "30",
        "multilateral": "40",
        "foundation": "60",
        "private sector": "70",
        "academic, training and research": "80",
    },
    "sector vocabulary": {
        "dac": "1",
        "dac-3": "2",
        "cofog": "3",
        "nace": "4",
        "ntee": "5",
        "adt": "6",
        "ro": "99",
        "ro2": "98",
    },
    "region vocabulary": {"dac": "1", "un": "2", "ro": "99"},
    "marker vocabulary": {"dac": "1", "ro": "99"},
}


def modern(kind: str, code: str) -> str:
    """The code of IATI 2 for what may be a letter or word of 1.x; unknown ones come back as is."""
    words = _WORDS_OF_1X.get(kind, {})
    return words.get(code.casefold().replace("_", "-"), code)
