import io
from dataclasses import replace
from pathlib import Path

import pytest

from tacoord.iati.activity import Activity
from tacoord.iati.faults import FileProblem, Refused
from tacoord.iati.notes import Limits
from tacoord.iati.reader import read
from tests.iati.samples import activity_xml, codes_of, file_xml, outcomes


def identifiers(content: str | bytes) -> list[str | None]:
    return [
        None if isinstance(outcome, FileProblem) else outcome.iati_identifier
        for outcome in outcomes(content)
    ]


def test_the_good_activities_of_a_file_with_bad_ones_come_out_in_order() -> None:
    found = outcomes(file_xml(activity_xml("A"), activity_xml("B", title=""), activity_xml("C")))
    assert [type(outcome) for outcome in found] == [Activity, Refused, Activity]
    assert [getattr(outcome, "line", None) for outcome in found] == [3, 4, 5]


def test_a_file_without_activities_has_no_outcomes() -> None:
    assert outcomes(file_xml()) == []


@pytest.mark.parametrize(
    "content",
    [
        f"<result><ok>True</ok>{file_xml(activity_xml('A'))[39:]}</result>",
        activity_xml("A"),
        f"<response><data><iati-activities>{activity_xml('A')}</iati-activities></data></response>",
        f'<iati-activities xmlns="urn:some">{activity_xml("A")}</iati-activities>',
        f'<i:iati-activities xmlns:i="urn:i">{activity_xml("A")}</i:iati-activities>',
    ],
)
def test_activities_are_found_in_wrappers_and_namespaces(content: str) -> None:
    [activity] = outcomes(content)
    assert isinstance(activity, Activity)
    assert (activity.iati_identifier, activity.title) == ("A", "Shelters for victims")


def test_an_identical_repetition_comes_again_and_a_different_one_is_refused() -> None:
    again, other = activity_xml("A"), activity_xml("A", more='<activity-status code="2"/>')
    first, second, third = outcomes(file_xml(activity_xml("A"), again, other))
    assert first == second
    assert isinstance(third, Refused)
    assert str(third.reasons[0]).endswith("stands on line 3.")


def test_an_activity_inside_another_is_refused_and_the_outer_one_taken() -> None:
    inner, outer = outcomes(file_xml(activity_xml("A", more=activity_xml("B"))))
    assert (codes_of(inner), getattr(inner, "iati_identifier", "")) == (["nested-activity"], "B")
    assert isinstance(outer, Activity)
    assert outer.iati_identifier == "A"


def test_lines_are_right_far_down_a_file() -> None:
    bad = activity_xml("B", title="")
    found = outcomes(file_xml(activity_xml("A"), "\n" * 70_000, bad))
    assert getattr(found[1], "line", None) == 70_005


def test_the_digest_is_the_same_for_the_same_content_only() -> None:
    [first] = outcomes(file_xml(activity_xml("A")))
    [second] = outcomes(file_xml("<!-- further down -->\n", activity_xml("A")))
    [third] = outcomes(file_xml(activity_xml("A", more='<activity-status code="2"/>')))
    assert isinstance(first, Activity)
    assert isinstance(second, Activity)
    assert isinstance(third, Activity)
    assert first.line != second.line
    assert first.digest() == second.digest() != third.digest()
    assert replace(first, line=9) == first


def test_no_more_activities_are_read_than_allowed() -> None:
    content = io.BytesIO(file_xml(*(activity_xml(str(n)) for n in range(9))).encode())
    found = list(read(content, limits=Limits(activities=3)))
    assert [type(outcome) for outcome in found] == [Activity] * 3 + [FileProblem]
    assert codes_of(found[3]) == ["too-many-activities"]


class EndlessFile(io.RawIOBase):
    """A file of `size` bytes that is made while it is read."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._parts = iter([b"<iati-activities>"])
        self._number = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            return b""
        part = next(self._parts, b"")
        while len(part) < 60_000:
            self._number += 1
            part += activity_xml(f"X-{self._number}", more="<result type='1'/>" * 60).encode()
        self._left -= len(part)
        return part if self._left > 0 else part + b"</iati-activities>"


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
def test_memory_does_not_grow_with_the_file() -> None:
    reading = read(EndlessFile(12 << 20))  # type: ignore[arg-type]
    for _ in range(1_000):
        next(reading)
    before = resident_bytes()
    count = sum(1 for _ in reading)
    # Kept as a tree, these 12 MB would take more than 100 MB.
    assert count > 5_000
    assert resident_bytes() - before < 25 << 20
