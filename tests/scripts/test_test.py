"""`scripts/test`: what reaches the tests, and what it says at its end."""

import _test


def test_settings_of_an_installation_do_not_reach_the_tests(tmp_path):
    env = _test.test_environment(
        {"TACOORD_DATABASE_URL": "postgresql://db/real", "TACOORD_TEST_ALL": "1", "PATH": "/bin"},
        tmp_path / "report",
    )
    assert "TACOORD_DATABASE_URL" not in env
    assert env["TACOORD_TEST_ALL"] == "1"
    assert env["PATH"] == "/bin"


def test_a_choice_of_workers_is_kept():
    assert _test.workers(["-n", "0"]) == []
    assert _test.workers(["--numprocesses=3", "tests/web"]) == []


def test_the_last_lines_say_what_was_left_out(tmp_path):
    report = tmp_path / "report"
    assert _test.left_out_lines(report)[0].startswith("Left out: unknown")
    report.write_text('{"no Chromium is here": 3}', encoding="utf-8")
    assert _test.left_out_lines(report) == ["Left out: 3 tests: no Chromium is here"]
    report.write_text("{}", encoding="utf-8")
    assert _test.left_out_lines(report) == ["Left out: nothing."]
