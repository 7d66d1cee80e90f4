"""`manage.py rule`: single, in batches, and what it says to bad arguments."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kmc_portal.management.commands.rule import Command

ROOT = Path(__file__).resolve().parents[2]


def rule(*words: str) -> Any:
    out = io.StringIO()
    call_command(Command(), *words, stdout=out)
    [line] = out.getvalue().splitlines()
    return json.loads(line)


def batch(*lines: bytes | str | dict[str, Any]) -> list[Any]:
    sent = [
        line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
        for line in lines
    ]
    out = io.StringIO()
    call_command(Command(), "--batch", stdin=io.BytesIO(b"\n".join(sent)), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_guide_1_6_documents() -> None:
    answer = rule("documents", "plan=sms_plus", "sms_result_notification=yes", "store_display=yes")
    assert answer["guide"] == "§1.6"
    assert answer["result"] == [
        {"code": "application_plus", "when": "contract"},
        {"code": "account_parameters", "when": "contract"},
        {"code": "check_sheet", "when": "contract"},
        {"code": "plan_table", "when": "contract"},
        {"code": "sms_result_destination", "when": "contract"},
        {"code": "release_checklist", "when": "start_of_use"},
    ]
    assert len(answer["because"]) == 6


def test_guide_2_1_lead_time() -> None:
    answer = rule("lead-time", "items=softbank_sender,official_account,payment_method", "accepted=2026-09-30")
    assert answer["guide"] == "§2.1"
    assert answer["result"] == {
        "counts_from": "2026-10-01",
        "earliest": "2026-10-23",
        "latest": "2026-11-02",
        "applies_from_month": "2026-10",
        "driven_by": {"earliest": ["official_account"], "latest": ["softbank_sender"]},
    }


def test_guide_2_1_lead_time_where_none_is_stated() -> None:
    assert rule("lead-time", "items=usage_purpose", "accepted=2026-09-30")["result"] == {
        "counts_from": "2026-10-01",
        "earliest": None,
        "latest": None,
        "applies_from_month": None,
        "driven_by": {"earliest": [], "latest": []},
    }


@pytest.mark.parametrize(
    ("after", "days", "calendar", "expected"),
    [
        ("2025-12-26", "5", "office", "2026-01-09"),
        ("2026-10-09", "1", "office", "2026-10-13"),
        ("2026-12-28", "1", "office", "2027-01-04"),
        ("2026-12-28", "1", "bank", "2026-12-29"),
        ("2026-12-30", "1", "bank", "2027-01-04"),
    ],
)
def test_guide_2_1_business_day(after: str, days: str, calendar: str, expected: str) -> None:
    answer = rule("business-day", f"after={after}", f"days={days}", f"calendar={calendar}")
    assert answer["result"] == expected


def test_the_reasons_name_the_defaults_that_were_used() -> None:
    answer = rule("business-day", "after=2026-01-05", "days=1", "calendar=office")
    assert any("既定値: 12月29日～1月3日" in line for line in answer["because"])
    answer = rule("business-day", "after=2028-01-05", "days=1", "calendar=office")
    assert any("予測" in line for line in answer["because"])


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("52.192.0.0/24", {"allowed": True, "reason": None}),
        ("192.168.0.1", {"allowed": False, "reason": "private"}),
        ("５２.192.0.1", {"allowed": False, "reason": "full_width"}),
        ("ab=cd", {"allowed": False, "reason": "malformed"}),
    ],
)
def test_guide_1_2_global_ip(value: str, result: dict[str, Any]) -> None:
    answer = rule("global-ip", f"value={value}")
    assert (answer["guide"], answer["result"]) == ("§1.2", result)
    assert len(answer["because"]) == 2


@pytest.mark.parametrize(
    ("url", "result"),
    [
        ("https://hooks.example.jp/a?b=c", {"allowed": True, "reason": None}),
        ("http://hooks.example.jp/", {"allowed": False, "reason": "http"}),
        (
            "https://abc.execute-api.ap-northeast-1.amazonaws.com/prod",
            {"allowed": False, "reason": "execute_api"},
        ),
    ],
)
def test_guide_1_9_notification_url(url: str, result: dict[str, Any]) -> None:
    answer = rule("notification-url", f"url={url}")
    assert (answer["guide"], answer["result"]) == ("§1.9", result)


def test_guide_3_2_cancellation() -> None:
    answer = rule("cancellation", "applied=2026-10-10")
    assert (answer["guide"], answer["result"]) == (
        "§3.2",
        {"cut_off": "2026-10-09", "effective_month": "2027-01", "last_month": "2026-12"},
    )


@pytest.mark.parametrize(
    ("month", "settled_on", "send_on", "due_on"),
    [
        ("2026-08", "2026-09-07", "2026-09-18", "2026-10-13"),
        ("2026-11", "2026-12-07", "2026-12-21", "2027-01-12"),
    ],
)
def test_guide_5_1_billing_dates(month: str, settled_on: str, send_on: str, due_on: str) -> None:
    answer = rule("billing-dates", f"month={month}")
    assert (answer["guide"], answer["result"]) == (
        "§5.1",
        {"settled_on": settled_on, "send_on": send_on, "due_on": due_on},
    )
    assert any("銀行営業日" in line for line in answer["because"])


@pytest.mark.parametrize(
    ("carrier", "chars", "charged"),
    [("docomo", 132, 2), ("docomo", 133, 3), ("au", 134, 2), ("rakuten", 660, 10), ("softbank", 670, 1)],
)
def test_guide_5_2_segments(carrier: str, chars: int, charged: int) -> None:
    answer = rule("segments", f"carrier={carrier}", f"chars={chars}")
    assert (answer["guide"], answer["result"]) == ("§5.2", {"charged": charged})


@pytest.mark.parametrize(
    ("amounts", "rate", "rounding", "result"),
    [
        ("105,105,105", "10", "floor", {"net": 315, "tax": 31, "total": 346}),
        ("105,105,105", "10", "half_up", {"net": 315, "tax": 32, "total": 347}),
        ("105,105,104", "10", "ceil", {"net": 314, "tax": 32, "total": 346}),
        ("1000, -200", "8", "floor", {"net": 800, "tax": 64, "total": 864}),
        ("0", "0", "floor", {"net": 0, "tax": 0, "total": 0}),
    ],
)
def test_guide_5_1_invoice_tax(amounts: str, rate: str, rounding: str, result: dict[str, int]) -> None:
    answer = rule("invoice-tax", f"amounts={amounts}", f"rate={rate}", f"rounding={rounding}")
    assert (answer["guide"], answer["result"]) == ("§5.1", result)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "規則の名前"),
        (["unknown"], "documents、lead-time、cancellation、business-day、notification-url、global-ip"),
        (["business-day"], "after"),
        (["business-day", "after=2026-01-05", "days=1"], "calendar"),
        (["business-day", "after=2026-01-05", "days=1", "calendar=office", "x=1"], "「x」"),
        (["business-day", "after=2026-01-05", "after=2026-01-05", "days=1", "calendar=office"], "二重"),
        (["business-day", "after", "days=1", "calendar=office"], "key=value"),
        (["business-day", "=1", "days=1", "calendar=office"], "key=value"),
        (["business-day", "after=", "days=1", "calendar=office"], "空"),
        (["billing-dates", "month=2026-8"], "month"),
        (["billing-dates", "month=2026-13"], "month"),
        (["billing-dates", "month=9999-12"], "2099年まで"),
        (["segments", "carrier=kddi", "chars=1"], "docomo、au、softbank、rakuten"),
        (["segments", "carrier=docomo", "chars=-1"], "chars"),
        (["segments", "carrier=docomo", "chars=0"], "1～660文字"),
        (["segments", "carrier=rakuten", "chars=661"], "1～660文字"),
        (["invoice-tax", "amounts=10.5", "rate=10", "rounding=floor"], "amounts"),
        (["invoice-tax", "amounts=10,", "rate=10", "rounding=floor"], "amounts"),
        (["invoice-tax", "amounts=10", "rate=-1", "rounding=floor"], "rate"),
        (["invoice-tax", "amounts=10", "rate=10", "rounding=up"], "floor、half_up、ceil"),
        (["business-day", "after=2026-02-30", "days=1", "calendar=office"], "after"),
        (["business-day", "after=20260105", "days=1", "calendar=office"], "after"),
        (["business-day", "after=2026-W01-1", "days=1", "calendar=office"], "after"),
        (["business-day", "after=2026-1-5", "days=1", "calendar=office"], "after"),
        (["business-day", "after=２０２６-01-05", "days=1", "calendar=office"], "after"),
        (["business-day", "after=2026-01-05\n", "days=1", "calendar=office"], "after"),
        (["business-day", "after=1900-01-05", "days=1", "calendar=office"], "祝日"),
        (["business-day", "after=9999-12-31", "days=1", "calendar=office"], "祝日"),
        (["business-day", "after=2026-01-05", "days=99999", "calendar=office"], "祝日"),
        (["business-day", "after=2026-01-05", "days=0", "calendar=office"], "days"),
        (["business-day", "after=2026-01-05", "days=-1", "calendar=office"], "days"),
        (["business-day", "after=2026-01-05", "days=1.5", "calendar=office"], "days"),
        (["business-day", "after=2026-01-05", "days=１", "calendar=office"], "days"),
        (["business-day", "after=2026-01-05", "days=1", "calendar=OFFICE"], "calendar"),
        (["documents", "plan=rcs", "sms_result_notification=no", "store_display=no"], "plan"),
        (["documents", "plan=sms", "sms_result_notification=true", "store_display=no"], "yes か no"),
        (["documents", "plan=sms", "sms_result_notification=no", "store_display=yes"], "ストア表示"),
        (["documents", "plan=plus", "sms_result_notification=yes", "store_display=no"], "SMS結果通知"),
        (["lead-time", "items=company,,global_ip", "accepted=2026-09-30"], "items"),
        (["lead-time", "items=company,unknown", "accepted=2026-09-30"], "unknown"),
        (["lead-time", "items=company,company", "accepted=2026-09-30"], "二重"),
        (["lead-time", "items= ", "accepted=2026-09-30"], "空"),
        (["global-ip", "value="], "空"),
        (["--batch", "documents"], "--batch"),
    ],
)
def test_bad_arguments_end_with_code_2_and_one_clear_line(words: list[str], named: str) -> None:
    with pytest.raises(CommandError) as caught:
        rule(*words)
    assert caught.value.returncode == 2
    assert named in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_batch_answers_every_line_and_goes_on_after_a_fault() -> None:
    good = {"rule": "business-day", "args": {"after": "2025-12-26", "days": "5", "calendar": "office"}}
    answers = batch(
        good,
        "{not json",
        "",
        b"\xff\xfe",
        "[]",
        {"rule": "business-day"},
        {"rule": "business-day", "args": {}, "more": 1},
        {"rule": 1, "args": {}},
        {"rule": "unknown", "args": {}},
        {"rule": "global-ip", "args": {"value": None}},
        {"rule": "global-ip", "args": {"value": {"a": 1}}},
        {"rule": "global-ip", "args": {"value": 1.5}},
        '{"rule": "cancellation", "args": {"applied": "2026-10-09", "applied": "2026-10-10"}}',
        '{"rule": "cancellation", "args": {"applied": ' + "9" * 5000 + "}}",
        "[" * 100_000,
        '{"rule": "global-ip", "args": {"value": "\\ud800\\n"}}',
        good,
    )
    assert answers[0]["result"] == answers[-1]["result"] == "2026-01-09"
    assert [list(answer) for answer in answers[1:15]] == [["error"]] * 14
    assert answers[15]["result"] == {"allowed": False, "reason": "malformed"}
    assert len(answers) == 17


def test_a_batch_takes_numbers_truth_and_lists_as_json_has_them() -> None:
    answers = batch(
        {"rule": "business-day", "args": {"after": "2025-12-26", "days": 5, "calendar": "office"}},
        {
            "rule": "documents",
            "args": {"plan": "sms", "sms_result_notification": False, "store_display": "no"},
        },
        {"rule": "lead-time", "args": {"items": ["company", "option_050"], "accepted": "2026-09-30"}},
    )
    assert answers[0]["result"] == "2026-01-09"
    assert len(answers[1]["result"]) == 4
    assert answers[2]["result"]["latest"] == "2026-10-07"


def test_an_empty_batch_answers_nothing() -> None:
    assert batch() == []


NO_SETTINGS = "from kmc_portal.management.commands.rule import Command; Command().run_from_argv({argv!r})"


def run(*command: str, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("DJANGO_SETTINGS_MODULE", "SECRET_KEY")
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=kept | environ, input=stdin, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def manage(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return run(
        "manage.py", "rule", *words, stdin=stdin,
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1/0",
        SECRET_KEY="for-this-test-only-0123456789-abcdefghijklmnopqrstuvwxyz", LC_ALL="C",
    )  # fmt: skip


def test_manage_py_rule_answers_without_a_database() -> None:
    done = manage("business-day", "after=2025-12-26", "days=5", "calendar=office")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"] == "2026-01-09"
    assert "営業日".encode() in done.stdout


def test_the_rule_command_needs_no_settings() -> None:
    argv = ["manage.py", "rule", "business-day", "after=2025-12-26", "days=5", "calendar=office"]
    done = run("-c", NO_SETTINGS.format(argv=argv))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"] == "2026-01-09"


@pytest.mark.parametrize(
    "words",
    [
        ["business-day", "after=2025-12-26", "days=5", "calendar=moon"],
        ["unknown", "x=1"],
        ["--nonsense"],
        [],
    ],
)
def test_manage_py_rule_ends_with_2_and_one_line_for_bad_arguments(words: list[str]) -> None:
    done = run("-c", NO_SETTINGS.format(argv=["manage.py", "rule", *words]))
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.decode().splitlines()) == 1


def test_manage_py_rule_batch_reads_standard_input() -> None:
    done = manage("--batch", stdin=b'{"rule": "cancellation", "args": {"applied": "2026-10-09"}}\nnonsense\n')
    assert (done.returncode, done.stderr) == (0, b"")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["result"]["effective_month"] == "2026-12"
    assert list(second) == ["error"]
