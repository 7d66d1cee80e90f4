"""Forms filled in cell by cell, as a customer would, and read back."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.rules.plans import Plan
from applications.gateways.workbooks import mark_form, read_form, write_form
from applications.gateways.workbooks.samples import (
    faulty_values,
    release_values,
    sample_values,
    sms_result_values,
    write_release_sample,
    write_sample,
    write_sms_result_sample,
)
from applications.rules.forms import FORMS, form_for_plan, locate, validate
from tests.applications.forms.editing import APPLICATION, CHECKS, PARAMETERS, PRICES, filled

SMS_CELLS: dict[tuple[str, str], Any] = {
    (APPLICATION, "C6"): datetime(2026, 11, 24),
    (APPLICATION, "C7"): "2027/1/12",
    (APPLICATION, "C10"): "株式会社髙﨑𠮷商店",
    (APPLICATION, "C11"): "ｶﾌﾞｼｷｶﾞｲｼｬﾀｶｻｷﾖｼｼｮｳﾃﾝ",
    (APPLICATION, "C12"): 9011101031552,
    (APPLICATION, "C13"): "１００－００００",
    (APPLICATION, "C14"): "東京都見本区見本1-2-3　",
    (APPLICATION, "C15"): "代表取締役 見本 太郎",
    (APPLICATION, "C18"): "見本販売株式会社",
    (APPLICATION, "C22"): "見本 花子",
    (APPLICATION, "C23"): "みほん はなこ",
    (APPLICATION, "C24"): "営業部",
    (APPLICATION, "C25"): "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
    (APPLICATION, "C26"): "0300001234",
    (APPLICATION, "C30"): "例示 次郎",
    (APPLICATION, "C31"): "レイジ ジロウ",
    (APPLICATION, "C33"): "jiro@example.jp",
    (APPLICATION, "C34"): "０３ー００００ー１２３５",
    (APPLICATION, "C38"): "運用 窓口",
    (APPLICATION, "C39"): "ウンヨウ マドグチ",
    (APPLICATION, "C41"): "ops@example.jp",
    (APPLICATION, "C42"): "050-0000-1236",
    (APPLICATION, "C46"): "経理 三郎",
    (APPLICATION, "C47"): "ケイリ サブロウ",
    (APPLICATION, "C49"): "keiri@example.jp",
    (APPLICATION, "C50"): "03-0000-1237",
    (APPLICATION, "C51"): "1000000",
    (APPLICATION, "C52"): "東京都見本区見本1-2-3",
    (APPLICATION, "C55"): "口座振替",
    (APPLICATION, "C58"): "ＳＭＳのみ",
    (APPLICATION, "C59"): "API利用",
    (APPLICATION, "C62"): "利用する",
    (APPLICATION, "C64"): "利用する ",
    (PARAMETERS, "C6"): "予約の確認\n前日のお知らせ",
    (PARAMETERS, "C7"): "会員登録の画面",
    (PARAMETERS, "C8"): "１２，０００通",
    (PARAMETERS, "C12"): "はい",
    (PARAMETERS, "C13"): "５２．１９２．０．１０",
    (PARAMETERS, "C15"): "52.192.1.0/28",
    (PARAMETERS, "C25"): "0120-000-123",
    (PARAMETERS, "C30"): 21234,
    (PARAMETERS, "C33"): "利用する",
    (PARAMETERS, "C34"): "https://SMS.example.jp/mo",
    (PRICES, "C18"): "（株）髙﨑𠮷商店",
    (PRICES, "C19"): "令和8年11月24日",
}
SMS_CELLS |= {(CHECKS, f"C{row}"): "確認済" for row in range(7, 19)}

SMS_VALUES = {
    "applied_on": date(2026, 11, 24),
    "desired_start_on": date(2027, 1, 12),
    "company.name": "株式会社髙﨑𠮷商店",
    "company.name_kana": "カブシキガイシャタカサキヨシショウテン",
    "company.corporate_number": "9011101031552",
    "company.postal_code": "100-0000",
    "company.address": "東京都見本区見本1-2-3",
    "company.representative": "代表取締役 見本 太郎",
    "sales_partner.name": "見本販売株式会社",
    "applicant.name": "見本 花子",
    "applicant.name_kana": "ミホン ハナコ",
    "applicant.department": "営業部",
    "applicant.email": "hanako@example.jp",
    "applicant.phone": "03-0000-1234",
    "account_contact.name": "例示 次郎",
    "account_contact.name_kana": "レイジ ジロウ",
    "account_contact.email": "jiro@example.jp",
    "account_contact.phone": "03-0000-1235",
    "service_contact.name": "運用 窓口",
    "service_contact.name_kana": "ウンヨウ マドグチ",
    "service_contact.email": "ops@example.jp",
    "service_contact.phone": "050-0000-1236",
    "billing_contact.name": "経理 三郎",
    "billing_contact.name_kana": "ケイリ サブロウ",
    "billing_contact.email": "keiri@example.jp",
    "billing_contact.phone": "03-0000-1237",
    "billing_contact.postal_code": "100-0000",
    "billing_contact.address": "東京都見本区見本1-2-3",
    "payment_method": "direct_debit",
    "plan": "sms",
    "delivery_method": "api",
    "option.two_way_sms": True,
    "option.option_050": False,
    "option.softbank_sender": True,
    "option.long_sms": False,
    "option.sms_result_notification": True,
    "usage.purpose": "予約の確認\n前日のお知らせ",
    "usage.consent_method": "会員登録の画面",
    "usage.monthly_volume": 12000,
    "network.static_declared": True,
    "global_ips": ["52.192.0.10", "52.192.1.0/28"],
    "sms.sender_numbers": ["0120000123"],
    "sms.softbank_sender": "21234",
    "sms.mo_url": "https://sms.example.jp/mo",
    **{f"check.{n}": True for n in range(1, 13)},
    "plan_table.company_name": "（株）髙﨑𠮷商店",
    "plan_table.consented_on": date(2026, 11, 24),
}


def test_guide_1_6_an_sms_form_filled_in_cell_by_cell_is_read_without_a_fault() -> None:
    reading = read_form(filled(write_form("application_sms"), SMS_CELLS), {"application_sms"})
    assert reading.faults == []
    assert reading.values == SMS_VALUES
    assert (reading.form_code, reading.edition) == ("application_sms", "2.0.1")


def test_every_value_says_which_cell_it_came_from_and_rows_of_a_list_keep_theirs() -> None:
    sources = read_form(filled(write_form("application_sms"), SMS_CELLS)).sources
    assert sources["company.name"] == (APPLICATION, "C10")
    assert sources["global_ips"] == (PARAMETERS, "C13")
    assert sources["global_ips.1"] == (PARAMETERS, "C13")
    assert sources["global_ips.2"] == (PARAMETERS, "C15")  # the row between was left empty
    assert sources["plan_table.consented_on"] == (PRICES, "C19")


@pytest.mark.parametrize("plan", list(Plan))
def test_guide_1_6_what_is_written_for_a_plan_is_read_back_the_same(plan: Plan) -> None:
    values = sample_values(plan)
    reading = read_form(write_sample(plan), {form_for_plan(plan).code})
    assert reading.faults == []
    left_out = {key: value for key, value in reading.values.items() if key not in values}
    assert {key: reading.values[key] for key in values if key in reading.values} == {
        key: value for key, value in values.items() if key in reading.values
    }
    assert set(values) <= set(reading.values)
    assert set(left_out.values()) <= {False}  # the SMS options of a plan without SMS


def test_the_annex_and_the_release_checklist_are_read_back_the_same() -> None:
    assert read_form(write_sms_result_sample()).values == sms_result_values()
    assert read_form(write_release_sample()).values == release_values()
    assert read_form(write_sms_result_sample()).faults == []
    assert read_form(write_release_sample()).faults == []


def test_the_annex_filled_in_cell_by_cell() -> None:
    sheet = "SMS結果通知先設定申込書"
    cells = {
        (sheet, "C6"): "株式会社見本商事",
        (sheet, "C9"): "https://sms.example.jp/result",
        (sheet, "C11"): "server@example.jp",
        (sheet, "C15"): "準備中",
        (sheet, "C16"): "R9.1.15",
    }
    reading = read_form(filled(write_form("sms_result_destination"), cells))
    assert reading.faults == []
    assert reading.values == {
        "company.name": "株式会社見本商事",
        "result.url": "https://sms.example.jp/result",
        "result.contact_email": "server@example.jp",
        "result.server_ready": False,
        "result.ready_on": date(2027, 1, 15),
    }


def test_the_release_checklist_filled_in_cell_by_cell() -> None:
    sheet = "リリースチェックリスト"
    cells: dict[tuple[str, str], Any] = {
        (sheet, "C6"): "株式会社見本商事",
        (sheet, "C7"): "見本商事",
        (sheet, "C8"): datetime(2027, 2, 1),
    }
    cells |= {(sheet, f"C{row}"): "確認済" for row in range(12, 20)}
    reading = read_form(filled(write_form("release_checklist"), cells))
    assert reading.faults == []
    assert reading.values == {
        "company.name": "株式会社見本商事",
        "release.account_name": "見本商事",
        "release.desired_on": date(2027, 2, 1),
        **{f"release.check.{n}": True for n in range(1, 9)},
    }


@pytest.mark.parametrize("plan", list(Plan))
def test_the_same_answers_have_the_same_faults_without_a_workbook(plan: Plan) -> None:
    form = form_for_plan(plan)
    assert validate(form, sample_values(plan)) == []
    with_workbook = {fault.place for fault in read_form(write_sample(plan, good=False)).faults}
    without = {fault.place for fault in validate(form, faulty_values(plan))}
    assert without == with_workbook


@pytest.mark.parametrize(
    ("plan", "places"),
    [
        (
            Plan.SMS,
            [
                "サービス利用申込書!C11",  # kana
                "サービス利用申込書!C25",  # mail
                "サービス利用申込書!C42",  # phone
                "アカウントパラメータ申込書!C7",  # empty
                "アカウントパラメータ申込書!C12",  # not static
                "アカウントパラメータ申込書!C13",  # private address
                "アカウントパラメータ申込書!C15",  # lies in the range above
                "アカウントパラメータ申込書!C25",  # mobile number as sender
                "アカウントパラメータ申込書!C30",  # SoftBank number missing
                "お申し込みチェックシート!C9",  # not confirmed
                "サービス契約プラン表!C18",  # another company
            ],
        ),
        (
            Plan.PLUS_RCS,
            [
                "サービス利用申込書!C11",
                "サービス利用申込書!C25",
                "サービス利用申込書!C42",
                "アカウントパラメータ申込書!C7",
                "アカウントパラメータ申込書!C12",
                "アカウントパラメータ申込書!C13",
                "アカウントパラメータ申込書!C15",
                "アカウントパラメータ申込書!C38",  # .gif
                "アカウントパラメータ申込書!C51",  # execute-api
                "アカウントパラメータ申込書!C64",  # 42 characters
                "アカウントパラメータ申込書!C65",  # pale colour
                "お申し込みチェックシート!C9",
                "サービス契約プラン表!C23",
            ],
        ),
    ],
)
def test_a_faulty_sample_names_the_cell_of_each_of_its_slips(plan: Plan, places: list[str]) -> None:
    faults = read_form(write_sample(plan, good=False)).faults
    assert [fault.place for fault in faults] == places
    assert {fault.severity for fault in faults} == {"blocking"}


@pytest.mark.parametrize(
    ("form_code", "key", "place"),
    [
        ("application_sms", "applied_on", (APPLICATION, "C6")),
        ("application_sms", "plan", (APPLICATION, "C58")),
        ("application_sms", "option.long_sms", (APPLICATION, "C65")),
        ("application_plus", "option.long_sms", (APPLICATION, "C66")),  # a note above the options
        ("application_sms", "global_ips", (PARAMETERS, "C13")),
        ("application_sms", "global_ips.10", (PARAMETERS, "C22")),
        ("application_rcs", "check.12", (CHECKS, "C18")),
        ("sms_result_destination", "result.ready_on", ("SMS結果通知先設定申込書", "C16")),
        ("release_checklist", "release.check.8", ("リリースチェックリスト", "C19")),
    ],
)
def test_a_key_can_be_located(form_code: str, key: str, place: tuple[str, str]) -> None:
    assert locate(form_code, key) == place


def test_a_key_of_no_form_cannot_be_located() -> None:
    with pytest.raises(KeyError):
        locate("application_sms", "plus.nickname")


@pytest.mark.parametrize(
    ("plan", "form_code"),
    [
        ("sms", "application_sms"),
        ("plus", "application_plus"),
        ("sms_plus", "application_plus"),
        ("plus_rcs", "application_rcs"),
        ("sms_plus_rcs", "application_rcs"),
    ],
)
def test_guide_1_6_each_plan_has_its_application_workbook(plan: str, form_code: str) -> None:
    assert form_for_plan(plan).code == form_code


def test_guide_1_6_the_sheets_stand_for_the_required_documents() -> None:
    assert {code: [sheet.document_code for sheet in form.sheets] for code, form in FORMS.items()} == {
        "application_sms": ["application_sms", "account_parameters", "check_sheet", "plan_table"],
        "application_plus": ["application_plus", "account_parameters", "check_sheet", "plan_table"],
        "application_rcs": ["application_rcs", "account_parameters", "check_sheet", "plan_table"],
        "sms_result_destination": ["sms_result_destination"],
        "release_checklist": ["release_checklist"],
        "service_change": ["service_change"],
        "parameter_change_sms": ["parameter_change"],
        "parameter_change_plus": ["parameter_change"],
        "parameter_change_rcs": ["parameter_change"],
        "plan_change_plus": ["parameter_change", "check_sheet", "plan_table"],
        "plan_change_rcs": ["parameter_change", "check_sheet", "plan_table"],
        "cancellation": ["cancellation_form"],
    }


def test_a_workbook_saved_again_by_libreoffice_is_read_and_marked() -> None:
    """The good sample of SMS/+メッセージ/RCS併用 in edition 2.0.1, opened and saved by LibreOffice 7.4."""
    data = (Path(__file__).parent / "files" / "saved_by_libreoffice.xlsx").read_bytes()
    reading = read_form(data, {"application_rcs"})
    assert [fault for fault in reading.faults if fault.code in ("layout_changed", "sheet_missing")] == []
    assert reading.values["company.name"] == "株式会社見本トラベル"
    assert reading.values["applied_on"] == date(2026, 11, 24)
    assert reading.values["plan"] == "sms_plus_rcs"
    assert reading.values["global_ips"] == ["52.192.0.10", "52.192.1.0/28"]
    assert reading.values["rcs.color"] == "#1A5FB4"
    assert read_form(mark_form(data, [(APPLICATION, "C10", "登記と違います。")])).values == reading.values
