"""What stands in a workbook that we issue: drop-downs, names, protection, look."""

import re
from typing import Any

import pytest
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from accounts.rules.plans import Option, Plan
from applications.gateways.workbooks import mark_form, read_form, write_form
from applications.rules.forms import FORMS, form_for_plan
from tests.applications.forms.editing import (
    APPLICATION,
    CHECKS,
    PARAMETERS,
    PRICES,
    edited,
    filled,
    opened,
    write_sample,
)

ALL_FORMS = [
    "application_sms",
    "application_plus",
    "application_rcs",
    "sms_result_destination",
    "release_checklist",
    "service_change",
    "parameter_change_sms",
    "parameter_change_plus",
    "parameter_change_rcs",
    "plan_change_plus",
    "plan_change_rcs",
    "cancellation",
]
CHANGE, PARAMETER_CHANGE = "サービス利用変更申込書", "アカウントパラメータ変更申込書"
APPLICATION_SHEETS = ["記入方法", APPLICATION, PARAMETERS, CHECKS, PRICES, "_form"]


def validation_of(sheet: Worksheet, cell: str) -> DataValidation:
    found = [check for check in sheet.data_validations.dataValidation if cell in check.sqref]
    assert len(found) == 1
    return found[0]


def drop_down(form_code: str, sheet: str, cell: str) -> list[str]:
    """The texts a drop-down offers, followed through its defined name to the hidden sheet."""
    workbook = opened(write_form(form_code))
    check = validation_of(workbook[sheet], cell)
    assert check.type == "list"
    ((title, cells),) = workbook.defined_names[check.formula1].destinations
    return [row[0].value for row in workbook[title][cells]]


@pytest.mark.parametrize(
    ("form_code", "titles"),
    [
        ("application_sms", APPLICATION_SHEETS),
        ("application_plus", APPLICATION_SHEETS),
        ("application_rcs", APPLICATION_SHEETS),
        ("sms_result_destination", ["記入方法", "SMS結果通知先設定申込書", "_form"]),
        ("release_checklist", ["記入方法", "リリースチェックリスト", "_form"]),
        ("service_change", ["記入方法", CHANGE, "_form"]),
        ("parameter_change_sms", ["記入方法", PARAMETER_CHANGE, "_form"]),
        ("parameter_change_plus", ["記入方法", PARAMETER_CHANGE, "_form"]),
        ("parameter_change_rcs", ["記入方法", PARAMETER_CHANGE, "_form"]),
        ("plan_change_plus", ["記入方法", PARAMETER_CHANGE, CHECKS, PRICES, "_form"]),
        ("plan_change_rcs", ["記入方法", PARAMETER_CHANGE, CHECKS, PRICES, "_form"]),
        ("cancellation", ["記入方法", "解約申込書", "_form"]),
    ],
)
def test_guide_1_6_a_workbook_has_its_sheets_and_one_hidden_with_code_and_edition(
    form_code: str, titles: list[str]
) -> None:
    workbook = opened(write_form(form_code))
    assert workbook.sheetnames == titles
    assert [sheet.sheet_state for sheet in workbook] == ["visible"] * (len(titles) - 1) + ["hidden"]
    assert [workbook["_form"][cell].value for cell in ("A1", "B1", "A2", "B2")] == [
        "form_code",
        form_code,
        "edition",
        "2.0.1",
    ]


@pytest.mark.parametrize(
    ("form_code", "sheet", "cell", "texts"),
    [
        ("application_sms", APPLICATION, "C55", ["請求書払い", "口座振替", "その他（ご相談）"]),
        (
            "application_plus",
            APPLICATION,
            "C58",
            [
                "SMSのみ",
                "+メッセージのみ",
                "SMS/+メッセージ併用",
                "+メッセージ/RCS併用",
                "SMS/+メッセージ/RCS併用",
            ],
        ),
        ("application_sms", APPLICATION, "C59", ["API利用", "入稿ポータル"]),
        ("application_sms", APPLICATION, "C62", ["利用する", "利用しない"]),
        ("application_sms", PARAMETERS, "C12", ["はい", "いいえ"]),
        ("application_sms", CHECKS, "C7", ["確認済", "未確認"]),
        ("application_rcs", PARAMETERS, "C48", ["受け付ける", "受け付けない"]),
        (
            "application_rcs",
            PARAMETERS,
            "C82",
            ["認証（ワンタイムパスワード）", "取引・手続きの通知", "販売促進", "複数の用途"],
        ),
        ("application_rcs", PARAMETERS, "C83", ["会話型", "会話型以外"]),
        ("sms_result_destination", "SMS結果通知先設定申込書", "C15", ["準備済み", "準備中"]),
        ("release_checklist", "リリースチェックリスト", "C12", ["確認済", "未確認"]),
        ("service_change", CHANGE, "C20", ["変更する", "変更しない"]),
        ("service_change", CHANGE, "C61", ["請求書払い", "口座振替", "その他（ご相談）"]),
        ("parameter_change_sms", PARAMETER_CHANGE, "C30", ["変更する", "変更しない"]),
        ("plan_change_plus", CHECKS, "C7", ["確認済", "未確認"]),
        ("cancellation", "解約申込書", "C24", ["確認済", "未確認"]),
    ],
)
def test_a_choice_is_a_drop_down_of_its_labels(
    form_code: str, sheet: str, cell: str, texts: list[str]
) -> None:
    assert drop_down(form_code, sheet, cell) == texts


@pytest.mark.parametrize("form_code", ALL_FORMS)
def test_every_input_cell_has_a_name_a_check_a_prompt_a_tint_and_is_the_only_open_one(form_code: str) -> None:
    form, workbook = FORMS[form_code], opened(write_form(form_code))
    for sheet in form.sheets:
        worksheet = workbook[sheet.title]
        assert worksheet.protection.sheet and not worksheet.protection.password
        cells = {slot.cell for slot in sheet.slots}
        open_cells = {cell.coordinate for row in worksheet for cell in row if not cell.protection.locked}
        assert open_cells == cells
        for slot in sheet.slots:
            assert list(workbook.defined_names[slot.defined_name].destinations) == [
                (sheet.title, f"$C${slot.cell[1:]}")
            ]
            check = validation_of(worksheet, slot.cell)
            assert check.showInputMessage and check.prompt and len(check.prompt) <= 255
            assert check.promptTitle and len(check.promptTitle) <= 32
            assert worksheet[slot.cell].fill.fgColor.rgb in ("00FFF4CC", "00F0F6FF", "00FFF9E8")
            assert worksheet[f"B{slot.cell[1:]}"].value == slot.row_label
            assert worksheet[slot.cell].font.name == "Meiryo"


def test_required_optional_and_conditional_cells_differ_in_tint_and_badge() -> None:
    sheet = opened(write_form("application_sms"))
    rows = [(APPLICATION, 10), (APPLICATION, 7), (PARAMETERS, 30), (PARAMETERS, 13), (PARAMETERS, 14)]
    assert [
        (sheet[title][f"D{row}"].value, sheet[title][f"C{row}"].fill.fgColor.rgb) for title, row in rows
    ] == [
        ("必須", "00FFF4CC"),
        ("任意", "00F0F6FF"),
        ("条件付き", "00FFF9E8"),
        ("必須", "00FFF4CC"),  # the first address
        ("任意", "00F0F6FF"),
    ]


def test_help_stands_beside_the_cell_and_in_its_prompt() -> None:
    sheet = opened(write_form("application_sms"))[PARAMETERS]
    assert sheet["E13"].value == "1行に1つ。範囲は 52.192.0.0/28 の形でご記入ください。"
    assert validation_of(sheet, "C13").prompt == "1行に1つ。範囲は 52.192.0.0/28 の形でご記入ください。"
    assert sheet["E34"].value == (
        "双方向SMS / 共通番号を利用する場合にご記入ください。　"
        "受信者からの返信をお知らせするURLです。　例: https://sms.example.jp/mo"
    )


def test_a_sheet_is_ready_to_print_on_a4_and_its_head_stays_in_view() -> None:
    sheet = opened(write_form("application_rcs"))[PARAMETERS]
    assert sheet.freeze_panes == "A4"
    setup = sheet.page_setup
    assert [int(value) for value in (setup.paperSize, setup.fitToWidth, setup.fitToHeight)] == [9, 1, 0]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$3"


def test_guide_1_6_the_plan_table_says_that_its_prices_are_invented() -> None:
    sheet = opened(write_form("application_sms"))[PRICES]
    assert sheet["B6"].value == "デモ用の架空の料金です。実際の料金は契約ごとのプラン表によります。"
    assert [sheet[f"{column}7"].value for column in "BCDE"] == ["項目", "金額", "単位", "備考"]


def test_an_unfilled_form_holds_defaults_only() -> None:
    assert read_form(write_form("application_sms")).values == {
        "plan": "sms",
        "delivery_method": "api",
        "option.two_way_sms": False,
        "option.option_050": False,
        "option.softbank_sender": False,
        "option.long_sms": False,
        "option.sms_result_notification": False,
    }


def test_known_values_are_filled_in_and_shown_as_labels() -> None:
    known: dict[str, Any] = {
        "company.name": "株式会社見本商事",
        "plan": "sms_plus",
        "option.webhook": True,
        "global_ips": ["52.192.0.10", "52.192.0.11"],
        "usage.monthly_volume": 500,
    }
    workbook = opened(write_form("application_plus", known))
    assert workbook[APPLICATION]["C10"].value == "株式会社見本商事"
    assert workbook[APPLICATION]["C58"].value == "SMS/+メッセージ併用"
    assert workbook[APPLICATION]["C67"].value == "利用する"
    assert [workbook[PARAMETERS][f"C{row}"].value for row in (8, 13, 14, 15)] == [
        500,
        "52.192.0.10",
        "52.192.0.11",
        None,
    ]


@pytest.mark.parametrize("name", ["=1+1", "+81 3 0000", "@見本", "-見本"])
def test_a_value_that_looks_like_a_formula_stays_text(name: str) -> None:
    data = write_form("application_sms", {"company.name": name})
    cell = opened(data)[APPLICATION]["C10"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)
    assert read_form(data).values["company.name"] == name


def test_a_key_of_another_form_and_too_many_rows_are_errors() -> None:
    with pytest.raises(KeyError, match=re.escape("plus.nickname")):
        write_form("application_sms", {"plus.nickname": "見本"})
    with pytest.raises(ValueError, match="11 values for 10 rows"):
        write_form("application_sms", {"global_ips": [f"52.192.0.{n}" for n in range(11)]})


@pytest.mark.parametrize("plan", list(Plan))
def test_guide_1_3_each_option_of_a_plan_is_asked_for_in_its_form(plan: Plan) -> None:
    asked = {key for key in form_for_plan(plan).fields if key.startswith("option.")}
    assert {f"option.{option.value}" for option in plan.options} <= asked


def test_guide_1_3_an_option_no_plan_of_the_form_can_have_is_not_asked_for() -> None:
    sms = {key for key in FORMS["application_sms"].fields if key.startswith("option.")}
    assert sms == {
        "option.sms_result_notification",
        "option.two_way_sms",
        "option.option_050",
        "option.softbank_sender",
        "option.long_sms",
    }
    assert {f"option.{option.value}" for option in Option} == {
        key for key in FORMS["application_rcs"].fields if key.startswith("option.")
    }


@pytest.mark.parametrize("form_code", ALL_FORMS)
def test_names_and_labels_of_a_form_are_unmistakable(form_code: str) -> None:
    slots = list(FORMS[form_code].slots.values())
    assert len({slot.defined_name for slot in slots}) == len(slots)
    for sheet in FORMS[form_code].sheets:
        labels = [slot.label for slot in sheet.slots]
        assert len(set(labels)) == len(labels)
        assert len(sheet.title) <= 31


def test_marked_cells_are_tinted_and_carry_the_texts_in_a_comment() -> None:
    marked = opened(
        mark_form(
            write_sample(Plan.SMS),
            [
                (PARAMETERS, "C13", "社内のアドレスです。"),
                (PARAMETERS, "C13", "2つめの指摘です。"),
                (APPLICATION, "C10", "登記と違います。"),
            ],
        )
    )
    cell = marked[PARAMETERS]["C13"]
    assert cell.comment.text == "・社内のアドレスです。\n・2つめの指摘です。"
    assert cell.comment.author == "KMC お客様窓口"
    assert cell.fill.fgColor.rgb == "00FFB3B3"
    assert cell.value == "52.192.0.10"
    assert marked[APPLICATION]["C10"].comment.text == "・登記と違います。"
    assert marked[PARAMETERS]["C14"].comment is None
    assert marked[PARAMETERS]["C14"].fill.fgColor.rgb == "00F0F6FF"
    assert marked.active.title == APPLICATION


def test_a_marked_workbook_keeps_drop_downs_names_and_values_and_can_be_sent_again() -> None:
    marked = mark_form(write_sample(Plan.SMS_PLUS), [(APPLICATION, "C10", "登記と違います。")])
    assert read_form(marked).values == read_form(write_sample(Plan.SMS_PLUS)).values
    assert read_form(marked).faults == []
    workbook = opened(marked)
    assert validation_of(workbook[APPLICATION], "C58").type == "list"
    assert workbook["_form"].sheet_state == "hidden"
    corrected = mark_form(
        filled(marked, {(APPLICATION, "C10"): "株式会社見本"}), [(APPLICATION, "C10", "もう一度。")]
    )
    assert opened(corrected)[APPLICATION]["C10"].comment.text == "・登記と違います。\n・もう一度。"


def test_a_mark_without_a_cell_or_sheet_is_put_where_it_is_seen() -> None:
    marked = opened(
        mark_form(
            edited(write_sample(Plan.SMS), lambda workbook: workbook.remove(workbook[CHECKS])),
            [
                (PARAMETERS, "", "全体を見直してください。"),
                (PARAMETERS, "右上", "押印は不要です。"),
                (CHECKS, "", "シートがありません。"),
            ],
        )
    )
    assert marked[PARAMETERS]["B1"].comment.text == "・全体を見直してください。\n・右上 押印は不要です。"
    assert marked["記入方法"]["B1"].comment.text == "・お申し込みチェックシート シートがありません。"


def test_a_mark_on_a_merged_cell_is_put_on_the_first_of_them() -> None:
    data = edited(write_sample(Plan.SMS), lambda workbook: workbook[PARAMETERS].merge_cells("C6:C7"))
    marked = opened(mark_form(data, [(PARAMETERS, "C7", "結合されています。")]))
    assert marked[PARAMETERS]["C6"].comment.text == "・結合されています。"
