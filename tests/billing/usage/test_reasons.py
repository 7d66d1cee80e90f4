"""What is refused, each reason on both sides of its boundary (docs/usage.md)."""

import pytest

from accounts.rules.plans import Plan
from tests.billing.usage.conftest import Usage, counts, facts, listed, reasons

pytestmark = pytest.mark.django_db

PLACE = "sent_at は 2026-10-01T09:00:00+09:00 の形で書いてください"
VISIBLE = "は半角英数記号で64文字までです"
BEYOND = "SMSの文字数がキャリアの上限を超えています"


def told(usage: Usage, **column: str) -> str:
    """The reasons of a row that is as usual but for this; "" where it is accepted."""
    return reasons(usage.take_rows(usage.row(**column)).file).get(2, "")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("message_id", "", "message_id がありません"),
        ("message_id", "x" * 64, ""),
        ("message_id", "x" * 65, f"message_id {VISIBLE}"),
        ("message_id", "a b", f"message_id {VISIBLE}"),
        ("message_id", "ａ", f"message_id {VISIBLE}"),
        ("message_id", "!~", ""),
        ("contract_number", "", "contract_number がありません"),
        ("contract_number", "K99999999", "contract_number の契約がありません"),
        ("account", "", "account がありません"),
        ("account", "a" * 64, ""),
        ("account", "a" * 65, f"account {VISIBLE}"),
        ("sent_at", "", "sent_at がありません"),
        ("sent_at", "2026-10-15", PLACE),
        ("sent_at", "2026-02-30T12:00:00", PLACE),
        ("sent_at", "2026-10-15T24:00:00", PLACE),
        ("sent_at", "2026/10/15 12:00:00", PLACE),
        ("sent_at", "2026-10-15T12:00:00+9:00", PLACE),
        ("sent_at", "2026-10-15T12:00:00", ""),
        ("sent_at", "2026-10-15 12:00:00.123456", ""),
        ("sent_at", "2026-10-15T03:00:00Z", ""),
        ("sent_at", "2026-10-15T12:00:00+0900", ""),
        ("channel", "", "channel がありません"),
        ("channel", "SMS", "channel は sms、plus、rcs のどれかです"),
        ("carrier", "", "carrier がありません"),
        ("carrier", "kddi", "carrier は docomo、au、softbank、rakuten のどれかです"),
        ("chars", "", "SMSの chars がありません"),
        ("chars", "-1", "chars は文字数を半角数字で書いてください"),
        ("chars", "７０", "chars は文字数を半角数字で書いてください"),
        ("chars", "70.0", "chars は文字数を半角数字で書いてください"),
    ],
)
def test_a_value_that_is_missing_or_cannot_be_read_is_refused_with_its_column(
    usage: Usage, column: str, value: str, reason: str
) -> None:
    assert told(usage, **{column: value}) == reason


@pytest.mark.parametrize(
    ("carrier", "chars", "segments"),
    [
        ("docomo", 1, 1),
        ("docomo", 70, 1),
        ("docomo", 71, 2),
        ("docomo", 132, 2),
        ("docomo", 133, 3),
        ("docomo", 660, 10),
        ("docomo", 661, None),
        ("au", 134, 2),
        ("au", 135, 3),
        ("au", 670, 10),
        ("au", 671, None),
        ("rakuten", 660, 10),
        ("rakuten", 661, None),
        ("softbank", 670, 1),
        ("softbank", 671, None),
    ],
)
def test_guide_5_2_each_length_is_counted_or_refused_as_its_carrier_says(
    usage: Usage, carrier: str, chars: int, segments: int | None
) -> None:
    file = usage.take_rows(usage.row(carrier=carrier, chars=str(chars))).file
    if segments is None:
        assert reasons(file) == {2: BEYOND}
    else:
        assert facts(file) == [("0120000000", "2026-10-15", "sms", carrier, usage.number, segments, 1)]


def test_guide_5_2_an_empty_text_is_a_fault_and_no_silent_zero(usage: Usage) -> None:
    assert told(usage, chars="0") == "SMSの文字数が0です"


def test_guide_1_3_more_than_seventy_characters_need_the_option(usage: Usage) -> None:
    usage.number = usage.new_contract(options=()).number or ""
    rows = [
        usage.row("a", chars="70"),
        usage.row("b", chars="71"),
        usage.row("c", chars="71", carrier="softbank"),
    ]
    file = usage.take_rows(*rows).file
    reason = "SMS長文オプションがないのに70文字を超えています"
    assert reasons(file) == {3: reason, 4: reason}
    both = usage.take_rows(usage.row("d", chars="661"), name="usage-20261016.csv").file
    assert reasons(both) == {2: f"{BEYOND} / {reason}"}


def test_guide_1_1_a_channel_that_the_plan_has_not_is_refused(usage: Usage) -> None:
    usage.number = usage.new_contract(plan=Plan.PLUS, options=()).number or ""
    rows = [
        usage.row("a"),
        usage.row("b", channel="plus", chars=""),
        usage.row("c", channel="rcs", chars=""),
    ]
    file = usage.take_rows(*rows).file
    reason = "配信日の契約プランにないチャネルです"
    assert reasons(file) == {2: reason, 4: reason}
    assert facts(file) == [("0120000000", "2026-10-15", "plus", "docomo", usage.number, 1, 1)]


def test_guide_1_1_plus_and_rcs_are_one_message_whatever_their_length(usage: Usage) -> None:
    rows = [usage.row("a", channel="rcs", chars="3000"), usage.row("b", channel="plus", chars="0")]
    file = usage.take_rows(*rows).file
    assert [row[2:] for row in facts(file)] == [
        ("plus", "docomo", usage.number, 1, 1),
        ("rcs", "docomo", usage.number, 1, 1),
    ]


def test_guide_5_1_charging_begins_with_the_day_of_the_notice(usage: Usage) -> None:
    usage.number = usage.new_contract(start="2026-10-15").number or ""
    rows = [
        usage.row("a", sent_at="2026-10-14T23:59:59+09:00"),
        usage.row("b", sent_at="2026-10-15T00:00:00+09:00"),
    ]
    assert reasons(usage.take_rows(*rows).file) == {2: "配信日に契約の利用が始まっていません"}


def test_guide_3_after_the_last_day_no_channel_delivers(usage: Usage) -> None:
    usage.number = usage.new_contract(ends="2026-10-14").number or ""
    rows = [
        usage.row("a", sent_at="2026-10-14T23:59:59+09:00"),
        usage.row("b", sent_at="2026-10-15T00:00:00+09:00"),
        usage.row("c", sent_at="2026-10-15T00:00:00+09:00", channel="rcs"),
    ]
    reason = "配信日に契約が終了しています"
    assert reasons(usage.take_rows(*rows).file) == {3: reason, 4: reason}


def test_a_contract_that_was_never_started_is_not_started(usage: Usage) -> None:
    contract = usage.new_contract()
    type(contract).objects.filter(pk=contract.pk).update(state="preparing", billing_start_on=None)
    assert told(usage, contract_number=contract.number or "") == "配信日に契約の利用が始まっていません"


def test_the_day_of_a_record_is_the_japanese_one(usage: Usage) -> None:
    rows = [
        usage.row("a", sent_at="2026-10-14T15:00:00Z"),  # 00:00 on the 15th
        usage.row("b", sent_at="2026-10-14T14:59:59Z"),
        usage.row("c", sent_at="2026-10-14T10:30:00-05:00"),  # 00:30 on the 15th
    ]
    assert [row[1:2] + row[6:] for row in facts(usage.take_rows(*rows).file)] == [
        ("2026-10-14", 1),
        ("2026-10-15", 2),
    ]


def test_a_file_may_bring_earlier_days_but_none_after_its_own(usage: Usage) -> None:
    rows = [
        usage.row("a", sent_at="2026-10-15T23:59:59"),
        usage.row("b", sent_at="2026-10-16T00:00:00"),
    ]
    assert reasons(usage.take_rows(*rows).file) == {3: "配信日がファイルの対象日より後です"}


def test_what_is_more_than_400_days_old_is_refused(usage: Usage) -> None:
    usage.number = usage.new_contract(start="2025-01-01").number or ""
    rows = [  # 400 days before 2026-10-15 is 2025-09-10
        usage.row("a", sent_at="2025-09-10T00:00:00"),
        usage.row("b", sent_at="2025-09-09T23:59:59"),
    ]
    assert reasons(usage.take_rows(*rows).file) == {3: "配信日がファイルの対象日の400日より前です"}


def test_every_reason_of_a_row_is_told_at_once_with_its_values_as_they_stood(usage: Usage) -> None:
    file = usage.take_rows(
        usage.row("=1+1", account="", sent_at="yesterday", channel="fax", carrier="kddi", chars="x"),
        usage.row("b"),
    ).file
    [row] = listed(file)
    assert row["理由"] == (
        f"account がありません / {PLACE} / channel は sms、plus、rcs のどれかです / "
        "carrier は docomo、au、softbank、rakuten のどれかです / chars は文字数を半角数字で書いてください"
    )
    assert row["message_id"] == "'=1+1"  # no formula for a spreadsheet
    assert (row["sent_at"], row["channel"], row["carrier"], row["chars"]) == ("yesterday", "fax", "kddi", "x")
    assert counts(file) == (2, 1, 1, 0)


def test_a_refused_row_keeps_how_its_time_and_length_were_written(usage: Usage) -> None:
    file = usage.take_rows(usage.row(sent_at="2026-10-15T03:00:00Z", chars="0700")).file
    [row] = listed(file)
    assert (row["sent_at"], row["chars"]) == ("2026-10-15T03:00:00Z", "0700")
