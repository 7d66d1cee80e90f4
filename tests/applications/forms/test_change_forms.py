"""§2.1b, §3.1: the workbooks of changes and cancellation, written, filled in and read back."""

from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from accounts.rules.plans import Plan
from applications.gateways.workbooks import mark_form, read_form, write_form
from applications.gateways.workbooks.change_samples import (
    change_sample_values,
    registered_sample,
    write_cancellation_sample,
    write_change_sample,
)
from applications.rules.change_evaluation import change_forms
from applications.rules.change_prefill import change_values
from applications.rules.changes import ChangeItem
from applications.rules.forms import FORMS
from tests.applications.forms.changing import PARAMETERS, SERVICE
from tests.applications.forms.editing import edited, filled, opened

I = ChangeItem  # noqa: E741
CANCELLATION = "解約申込書"

FORM_CASES: list[tuple[str, Plan, list[ChangeItem]]] = [
    ("service_change", Plan.SMS, [I.COMPANY, I.PAYMENT_METHOD]),
    ("parameter_change_sms", Plan.SMS, [I.GLOBAL_IP, I.OPTION_050]),
    ("parameter_change_plus", Plan.PLUS, [I.WEBHOOK_URL]),
    ("parameter_change_plus", Plan.SMS_PLUS, [I.SENDER_NUMBER, I.OFFICIAL_ACCOUNT]),
    ("parameter_change_rcs", Plan.PLUS_RCS, [I.USAGE_PURPOSE]),
    ("parameter_change_rcs", Plan.SMS_PLUS_RCS, [I.TWO_WAY_SMS, I.MO_URL]),
    ("plan_change_plus", Plan.SMS, [I.PLAN_SMS_TO_SMS_PLUS]),
    ("plan_change_plus", Plan.PLUS, [I.PLAN_PLUS_TO_SMS_PLUS]),
    ("plan_change_rcs", Plan.PLUS_RCS, [I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS]),
]


@pytest.mark.parametrize(("form_code", "plan", "items"), FORM_CASES)
def test_guide_2_1_a_form_of_changes_is_read_back_as_it_was_written_old_and_new(
    form_code: str, plan: Plan, items: list[ChangeItem]
) -> None:
    registered = registered_sample(plan)
    (form,) = change_forms(plan, items).values()
    assert form.code == form_code
    values, before = change_sample_values(form, plan, items, registered)
    reading = read_form(write_form(form_code, values, before=before), {form_code})
    assert reading.faults == []
    assert reading.values == values
    assert reading.before == before
    assert before == {key: registered[key] for key in registered if key in form.keys_with_before}


@pytest.mark.parametrize(("form_code", "plan", "items"), FORM_CASES)
def test_guide_2_1_a_form_is_handed_out_with_what_is_registered_on_both_sides(
    form_code: str, plan: Plan, items: list[ChangeItem]
) -> None:
    form, registered = FORMS[form_code], registered_sample(plan)
    values, before = change_values(
        form,
        plan=plan,
        items=items,
        registered=registered,
        contract_number="KMC-0000007",
        company="株式会社見本トラベル",
        day=date(2026, 11, 24),
    )
    assert values["contract.number"] == "KMC-0000007"
    assert values["applicant.name"] == "見本 花子"
    assert {key for key, value in values.items() if key.startswith("change.") and value} == {
        f"change.{item}" for item in items
    }
    assert {key: values[key] for key in before if key != "plan"} == {
        key: value for key, value in before.items() if key != "plan"
    }


def test_guide_2_1_the_registered_value_stands_grey_and_locked_beside_the_input() -> None:
    data = write_form(
        "service_change",
        {"company.name": "株式会社新見本", "payment_method": "direct_debit"},
        before={"company.name": "株式会社見本", "payment_method": "invoice"},
    )
    sheet = opened(data)[SERVICE]
    assert sheet["F3"].value == "現在の登録内容（変更前）"
    assert [sheet[cell].value for cell in ("B27", "C27", "F27")] == [
        "企業名（法人名）",
        "株式会社新見本",
        "株式会社見本",
    ]
    assert [sheet[cell].value for cell in ("C61", "F61", "C31", "F31")] == [
        "口座振替",
        "請求書払い",
        None,
        None,
    ]
    assert (sheet["C27"].protection.locked, sheet["F27"].protection.locked) == (False, True)
    assert sheet["F27"].fill.fgColor.rgb == "00F3F4F6"
    assert sheet["F6"].value is None  # the head has nothing to compare
    assert sheet["F20"].fill.fill_type is None


def test_guide_2_1_addresses_and_numbers_have_their_old_rows_too() -> None:
    before: dict[str, Any] = {"global_ips": ["52.192.0.10", "52.192.1.0/28"], "usage.monthly_volume": 12000}
    sheet = opened(write_form("parameter_change_sms", {}, before=before))[PARAMETERS]
    assert [sheet[cell].value for cell in ("F43", "F48", "F49", "F50")] == [
        12000,
        "52.192.0.10",
        "52.192.1.0/28",
        None,
    ]


def test_other_forms_have_no_place_for_registered_values() -> None:
    assert FORMS["service_change"].with_before and FORMS["plan_change_rcs"].with_before
    assert not FORMS["application_sms"].with_before and not FORMS["cancellation"].with_before
    with pytest.raises(KeyError, match="before"):
        write_form("application_sms", {}, before={"company.name": "株式会社見本"})
    with pytest.raises(KeyError, match=r"contract\.number"):
        write_form("service_change", {}, before={"contract.number": "KMC-1"})
    assert opened(write_form("application_sms"))["サービス利用申込書"]["F3"].value is None


def test_guide_2_1_a_blank_form_declares_nothing_and_has_nothing_registered() -> None:
    reading = read_form(write_form("service_change"))
    assert reading.before == {}
    assert reading.values == {
        "change.company": False,
        "change.account_contact": False,
        "change.service_contact": False,
        "change.billing_details": False,
        "change.payment_method": False,
    }
    assert {fault.place for fault in reading.faults} == {
        f"{SERVICE}!{cell}" for cell in ("C6", "C7", "C8", "C12", "C13", "C15", "C16")
    }


HEAD_CELLS: dict[tuple[str, str], Any] = {
    (SERVICE, "C6"): datetime(2026, 11, 24),
    (SERVICE, "C7"): "KMC-0000001",
    (SERVICE, "C8"): "㈱見本トラベル",
    (SERVICE, "C12"): "見本 花子",
    (SERVICE, "C13"): "みほん はなこ",
    (SERVICE, "C15"): "hanako@example.jp",
    (SERVICE, "C16"): "0300001234",
}


def test_guide_2_1_a_blank_form_filled_in_cell_by_cell() -> None:
    cells = HEAD_CELLS | {
        (SERVICE, "C22"): "変更する",
        (SERVICE, "C44"): "運用 新窓口",
        (SERVICE, "C45"): "ウンヨウ シンマドグチ",
        (SERVICE, "C47"): "ops@example.jp",
        (SERVICE, "C48"): "０３ー００００ー１２３６",
    }
    reading = read_form(filled(write_form("service_change"), cells))
    assert reading.faults == []
    assert {key: value for key, value in reading.values.items() if value is not False} == {
        "applied_on": date(2026, 11, 24),
        "contract.number": "KMC-0000001",
        "contract.company_name": "㈱見本トラベル",
        "applicant.name": "見本 花子",
        "applicant.name_kana": "ミホン ハナコ",
        "applicant.email": "hanako@example.jp",
        "applicant.phone": "03-0000-1234",
        "change.service_contact": True,
        "service_contact.name": "運用 新窓口",
        "service_contact.name_kana": "ウンヨウ シンマドグチ",
        "service_contact.email": "ops@example.jp",
        "service_contact.phone": "03-0000-1236",
    }


@pytest.mark.parametrize(
    ("declared", "missing"),
    [
        ("C20", ["C27", "C28", "C30", "C31", "C32"]),
        ("C21", ["C36", "C37", "C39", "C40"]),
        ("C22", ["C44", "C45", "C47", "C48"]),
        ("C23", ["C52", "C53", "C55", "C56", "C57", "C58"]),
        ("C24", ["C61"]),
    ],
)
def test_guide_2_1_what_changes_must_be_filled_in_and_nothing_else(declared: str, missing: list[str]) -> None:
    cells = HEAD_CELLS | {(SERVICE, declared): "変更する"}
    faults = read_form(filled(write_form("service_change"), cells)).faults
    assert [(fault.code, fault.cell) for fault in faults] == [("missing", cell) for cell in missing]
    assert all("を変更する場合は必ず" in fault.message for fault in faults)


SMS_SAMPLE = write_change_sample(Plan.SMS, [I.GLOBAL_IP])["parameter_change_form"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"C48": "192.168.1.1"}, [("global_ip", "C48")]),
        ({"C49": "52.192.0.10"}, [("ip_repeated", "C49")]),
        ({"C47": "いいえ"}, [("must_be_yes", "C47")]),
        ({"C47": None}, [("missing", "C47")]),
        ({"C31": None}, [("missing", "C31")]),
        ({"C31": "はい"}, [("not_a_choice", "C31")]),
        ({"C26": None}, [("missing", "C26")]),
        ({"C26": "+メッセージのみ"}, [("plan_not_of_form", "C26")]),
        ({"C14": None}, [("missing", "C14")]),
        ({"C60": "09000001234"}, [("sender_number", "C60")]),
        ({"C60": "05000001234"}, [("sender_without_option", "C60")]),
        ({"C34": "変更する", "C76": "利用する"}, [("missing", "C65")]),
        ({"C32": "変更する", "C69": None}, [("missing", "C69")]),
        ({"C69": "https://a1.execute-api.ap-northeast-1.amazonaws.com/x"}, [("notification_url", "C69")]),
        ({"C36": "変更する", "C75": "利用する"}, [("missing", "C71")]),
        ({"C35": "変更する", "C74": None}, [("missing", "C74")]),
        ({"C43": "たくさん"}, [("not_a_number", "C43")]),
    ],
)
def test_guide_2_1_a_slip_in_a_form_of_changes_is_reported_in_its_cell(
    cells: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    data = filled(SMS_SAMPLE, {(PARAMETERS, cell): value for cell, value in cells.items()})
    faults = read_form(data, {"parameter_change_sms"}).faults
    assert [(fault.code, fault.cell) for fault in faults] == expected
    assert {fault.document_code for fault in faults} == {"parameter_change"}


def test_guide_2_1_a_number_of_an_option_names_the_sheet_of_the_option() -> None:
    (fault,) = read_form(filled(SMS_SAMPLE, {(PARAMETERS, "C60"): "05000001234"})).faults
    assert "アカウントパラメータ変更申込書の「050番号」を「利用する」に" in fault.message


def test_an_old_value_that_was_overwritten_is_a_warning_at_its_cell() -> None:
    reading = read_form(filled(SMS_SAMPLE, {(PARAMETERS, "F43"): "書き換え"}))
    assert [(fault.code, fault.place, fault.severity) for fault in reading.faults] == [
        ("before_unreadable", f"{PARAMETERS}!F43", "warning")
    ]
    assert "usage.monthly_volume" not in reading.before


def test_old_values_follow_their_rows_where_rows_were_inserted() -> None:
    def insert(workbook: Workbook) -> None:
        sheet = workbook[PARAMETERS]
        sheet.insert_rows(40)
        for name, defined in workbook.defined_names.items():
            title, _, cell = defined.attr_text.rpartition("!")
            row = int(cell.rpartition("$")[2])
            if PARAMETERS in title and name.startswith("f_") and row >= 40:
                defined.attr_text = f"{title}!$C${row + 1}"

    reading, moved = read_form(SMS_SAMPLE), read_form(edited(SMS_SAMPLE, insert))
    assert (moved.values, moved.before) == (reading.values, reading.before)
    assert moved.sources["usage.monthly_volume"] == (PARAMETERS, "C44")


def test_a_marked_form_of_changes_can_be_sent_again() -> None:
    marked = mark_form(SMS_SAMPLE, [(PARAMETERS, "C48", "社内のアドレスです。")])
    assert read_form(marked).before == read_form(SMS_SAMPLE).before
    assert opened(marked)[PARAMETERS]["C48"].comment.text == "・社内のアドレスです。"


def test_guide_2_1_each_declaration_tells_its_days_and_fee() -> None:
    sheet = opened(write_form("parameter_change_plus"))[PARAMETERS]
    form = FORMS["parameter_change_plus"]
    told = {
        item: sheet[f"E{form.slot_of(f'change.{item}').row}"].value
        for item in (I.USAGE_PURPOSE, I.GLOBAL_IP, I.OFFICIAL_ACCOUNT, I.OPTION_050, I.TWO_WAY_SMS)
    }
    assert told == {
        "usage_purpose": "必要日数: 記載なし",
        "global_ip": "必要日数: 6～10営業日",
        "official_account": "必要日数: 16営業日　料金: 変更1回ごと",
        "option_050": "必要日数: 1営業日　料金: 月額（設定料金なし）",
        "two_way_sms": "必要日数: 18～28営業日　料金: 月額（設定料金なし）",
    }


def test_guide_2_1_the_form_tells_what_a_change_costs_and_that_prices_are_invented() -> None:
    sheet = opened(write_form("parameter_change_plus"))[PARAMETERS]
    assert sheet["B6"].value == "デモ用の架空の料金です。実際の料金は契約ごとのプラン表によります。"
    assert [sheet[f"B{row}"].value for row in range(8, 12)] == [
        "050番号",
        "双方向SMS / 共通番号",
        "SoftBank送信元表示番号",
        "公式アカウントの設定変更",
    ]


@pytest.mark.parametrize(
    ("form_code", "items"),
    [
        (
            "service_change",
            ["company", "account_contact", "service_contact", "billing_details", "payment_method"],
        ),
        (
            "parameter_change_sms",
            [
                "usage_purpose",
                "global_ip",
                "sms_result_url",
                "sender_number",
                "softbank_sender",
                "option_050",
                "two_way_sms",
                "option_sender_number",
                "mo_url",
            ],
        ),
        (
            "parameter_change_rcs",
            [
                "usage_purpose",
                "global_ip",
                "sms_result_url",
                "webhook_url",
                "sender_number",
                "softbank_sender",
                "official_account",
                "option_050",
                "two_way_sms",
                "option_sender_number",
                "mo_url",
            ],
        ),
        (
            "plan_change_rcs",
            [
                "usage_purpose",
                "global_ip",
                "plan_plus_rcs_to_sms_plus_rcs",
                "sms_result_url",
                "webhook_url",
                "sender_number",
                "softbank_sender",
                "official_account",
                "option_050",
                "two_way_sms",
                "option_sender_number",
                "mo_url",
            ],
        ),
    ],
)
def test_guide_2_1_a_form_declares_the_items_of_its_document_that_its_plans_can_have(
    form_code: str, items: list[str]
) -> None:
    declared = [key for key in FORMS[form_code].fields if key.startswith("change.")]
    assert declared == [f"change.{item}" for item in items]


# §3.1 ---------------------------------------------------------------------------------------------

CANCELLATION_CELLS: dict[tuple[str, str], Any] = {
    (CANCELLATION, "C6"): "2026/11/24",
    (CANCELLATION, "C7"): "KMC-0000001",
    (CANCELLATION, "C8"): "株式会社見本トラベル",
    (CANCELLATION, "C12"): "見本 花子",
    (CANCELLATION, "C13"): "ミホン ハナコ",
    (CANCELLATION, "C15"): "hanako@example.jp",
    (CANCELLATION, "C16"): "03-0000-1234",
    (CANCELLATION, "C24"): "確認済",
    (CANCELLATION, "C25"): "確認済",
}


def test_guide_3_1_the_cancellation_form_filled_in_cell_by_cell() -> None:
    reading = read_form(filled(write_form("cancellation"), CANCELLATION_CELLS), {"cancellation"})
    assert reading.faults == []
    assert reading.values == {
        "applied_on": date(2026, 11, 24),
        "contract.number": "KMC-0000001",
        "contract.company_name": "株式会社見本トラベル",
        "applicant.name": "見本 花子",
        "applicant.name_kana": "ミホン ハナコ",
        "applicant.email": "hanako@example.jp",
        "applicant.phone": "03-0000-1234",
        "cancel.understood_fee": True,
        "cancel.understood_end": True,
    }


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("C7", None, "missing"),
        ("C15", "hanako", "email"),
        ("C24", "未確認", "must_be_yes"),
        ("C24", None, "missing"),
        ("C25", "未確認", "must_be_yes"),
    ],
)
def test_guide_3_1_what_is_wrong_with_a_cancellation_form_is_told_with_its_cell(
    cell: str, value: Any, code: str
) -> None:
    data = filled(write_form("cancellation"), {**CANCELLATION_CELLS, (CANCELLATION, cell): value})
    assert [(fault.code, fault.cell) for fault in read_form(data).faults] == [(code, cell)]


def test_guide_3_1_the_good_sample_is_good_and_the_faulty_one_names_its_cells() -> None:
    assert read_form(write_cancellation_sample()).faults == []
    assert [fault.cell for fault in read_form(write_cancellation_sample(False)).faults] == ["C16", "C24"]
