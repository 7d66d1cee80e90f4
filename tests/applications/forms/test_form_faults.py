"""Every kind of fault with its cell and its words."""

from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from accounts.rules.plans import Plan
from applications.gateways.workbooks import UnreadableWorkbook, read_form, write_form
from applications.gateways.workbooks.samples import sample_values, write_sms_result_sample
from applications.rules.forms import FORMS, Fault, validate
from applications.rules.forms.checks import FormLimits
from tests.applications.forms.editing import (
    APPLICATION,
    CHECKS,
    PARAMETERS,
    PRICES,
    edited,
    filled,
    with_part,
    write_sample,
)


def faults_after(plan: Plan, cells: dict[tuple[str, str], Any]) -> list[Fault]:
    return read_form(filled(write_sample(plan), cells)).faults


def only_fault(plan: Plan, sheet: str, cell: str, value: Any) -> Fault:
    faults = faults_after(plan, {(sheet, cell): value})
    assert len(faults) == 1, [fault.text for fault in faults]
    return faults[0]


IN_ONE_CELL: list[tuple[Plan, str, str, Any, str, str, str]] = [
    # plan, sheet, cell, what is typed in, label, code, message
    (Plan.SMS, APPLICATION, "C10", None, "企業名（法人名）", "missing", "空欄です。必ずご記入ください。"),
    (Plan.SMS, APPLICATION, "C10", "　", "企業名（法人名）", "missing", "空欄です。必ずご記入ください。"),
    (Plan.SMS, APPLICATION, "C22", None, "申込担当者 氏名", "missing", "空欄です。必ずご記入ください。"),
    (Plan.SMS, APPLICATION, "C55", None, "支払方法", "missing", "空欄です。必ず選んでください。"),
    (
        Plan.SMS,
        APPLICATION,
        "C6",
        "2026/2/30",
        "申込日",
        "not_a_date",
        "「2026/2/30」は日付として受け付けられません。2026/11/22 の形でご記入ください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C22",
        "見本\n花子",
        "申込担当者 氏名",
        "line_break",
        "セルの中に改行があります。1行でご記入ください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C22",
        "花" * 61,
        "申込担当者 氏名",
        "too_long",
        "60文字以内でご記入ください（いまは61文字です）。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C25",
        "hanako@example",
        "申込担当者 メールアドレス",
        "email",
        "「hanako@example」はメールアドレスの形ではありません。name@example.jp の形で1つだけご記入ください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C25",
        "a@example.jp, b@example.jp",
        "申込担当者 メールアドレス",
        "email",
        "「a@example.jp, b@example.jp」はメールアドレスの形ではありません。"
        "name@example.jp の形で1つだけご記入ください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C26",
        datetime(2026, 3, 1),
        "申込担当者 電話番号",
        "unexpected_date",
        "日付として入力されています。セルの表示形式を「文字列」にして記入し直してください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C55",
        "クレジットカード",
        "支払方法",
        "not_a_choice",
        "「クレジットカード」は選べません。「請求書払い」、「口座振替」、「その他（ご相談）」から選んでください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C58",
        "+メッセージのみ",
        "契約プラン",
        "plan_not_of_form",
        "「+メッセージのみ」はこの申込書ではお申し込みいただけません。「SMSのみ」を選ぶか、"
        "そのプラン用の申込書をお使いください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C59",
        "入稿ポータル",
        "配信方法",
        "delivery_portal",
        "入稿ポータルでのお申し込みは、この窓口では受け付けていません。"
        "「API利用」を選ぶか、営業担当へご相談ください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C7",
        "2026/11/24",
        "利用開始希望日",
        "start_before_application",
        "利用開始希望日が申込日以前になっています。申込日より後の日付をご記入ください。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C8",
        "0",
        "想定月間配信数（通）",
        "not_a_number",
        "「0」は受け付けられません。1以上の整数をご記入ください（例: 10000）。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C8",
        "約1万",
        "想定月間配信数（通）",
        "not_a_number",
        "「約1万」は受け付けられません。1以上の整数をご記入ください（例: 10000）。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C12",
        "いいえ",
        "固定グローバルIPである",
        "must_be_yes",
        "動的なIPアドレスからは接続できません。固定のグローバルIPアドレスを持つプロキシサーバーを用意し、"
        "「はい」を選んでください。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C15",
        "52.192.0.10",
        "グローバルIPアドレス 3",
        "ip_repeated",
        "52.192.0.10: 1件目の52.192.0.10と同じです。どちらか一方を削除してください。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C27",
        "0120-000-123",
        "送信元表示番号 3",
        "sender_repeated",
        "0120000123は上の行と重複しています。どちらかを消してください。",
    ),
    (
        Plan.SMS,
        PARAMETERS,
        "C27",
        "00051234",
        "送信元表示番号 3",
        "sender_without_option",
        "00051234は共通番号です。サービス利用申込書の「双方向SMS / 共通番号」を「利用する」にするか、"
        "ほかの番号をご記入ください。",
    ),
    (
        Plan.SMS,
        CHECKS,
        "C9",
        "未確認",
        "3. アクセス元",
        "must_be_yes",
        "「確認済」になっていません。右の内容をお読みのうえ、「確認済」を選んでください。",
    ),
    (
        Plan.SMS,
        PRICES,
        "C18",
        "有限会社見本トラベル",
        "契約法人名",
        "company_differs",
        "契約法人名（有限会社見本トラベル）が、サービス利用申込書の企業名（株式会社見本トラベル）と違います。"
        "同じ名称に揃えてください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C10",
        '="株式会社"&B10',
        "企業名（法人名）",
        "formula",
        "数式が入っています。数式ではなく、値そのものを記入してください。",
    ),
    (
        Plan.SMS,
        APPLICATION,
        "C14",
        "#N/A",
        "所在地",
        "error_value",
        "セルがエラー（#N/A）になっています。値を記入し直してください。",
    ),
    (
        Plan.SMS_PLUS,
        PARAMETERS,
        "C51",
        None,
        "Webhook通知先URL",
        "missing",
        "空欄です。Webhookを利用する場合は必ずご記入ください。",
    ),
    (
        Plan.SMS_PLUS,
        PARAMETERS,
        "C37",
        "見本トラベル見本トラベル見本ト１２",
        "アカウント名（nickname）",
        "nickname_too_long",
        "アカウント名は16文字以内で入力してください（今は17文字）（試験用アカウントの「TEST」4文字分を空けます）。",
    ),
    (
        Plan.SMS_PLUS,
        PARAMETERS,
        "C57",
        None,
        "ボタン1で開くURL",
        "button_half",
        "ボタンの表示名だけが記入されています。開くURLもご記入ください。",
    ),
    (
        Plan.SMS_PLUS,
        PARAMETERS,
        "C59",
        "https://www.example.jp/",
        "ボタン2の表示名",
        "button_half",
        "URLだけが記入されています。ボタンの表示名もご記入ください。",
    ),
    (
        Plan.PLUS_RCS,
        PARAMETERS,
        "C73",
        None,
        "電話番号の表示名",
        "missing",
        "空欄です。電話番号を記入した場合は必ずご記入ください。",
    ),
    (
        Plan.PLUS_RCS,
        PARAMETERS,
        "C66",
        "logo",
        "ロゴ画像のファイル名",
        "image_name",
        "一緒に提出する画像のファイル名を、icon.png のように拡張子（png / jpg）まで記入してください。",
    ),
    (
        Plan.PLUS,
        APPLICATION,
        "C63",
        "利用する",
        "双方向SMS / 共通番号",
        "option_not_of_plan",
        "この項目を「利用する」にできるのは、SMSを含むプランの場合だけです。"
        "「利用しない」にするか、契約プランを見直してください。",
    ),
]


SHOWN_ELSEWHERE = {
    (PARAMETERS, "C59"): "C58"
}  # a button's URL without its label: the label is what is missing


@pytest.mark.parametrize(
    ("plan", "sheet", "cell", "value", "label", "code", "message"),
    [pytest.param(*row, id=f"{row[5]}-{row[2]}-{n}") for n, row in enumerate(IN_ONE_CELL)],
)
def test_a_slip_is_reported_with_its_cell_label_and_advice(
    plan: Plan, sheet: str, cell: str, value: Any, label: str, code: str, message: str
) -> None:
    faults = faults_after(plan, {(sheet, cell): value})
    shown = SHOWN_ELSEWHERE.get((sheet, cell), cell)
    found = [fault for fault in faults if fault.code == code]
    assert [(fault.sheet, fault.cell, fault.label, fault.message, fault.severity) for fault in found] == [
        (sheet, shown, label, message, "blocking")
    ]
    others = [fault for fault in faults if fault.code != code and fault.severity == "blocking"]
    assert [fault.text for fault in others if fault.code not in ("missing", "company_differs")] == []


def test_a_fault_reads_as_one_line_with_sheet_and_cell() -> None:
    fault = only_fault(Plan.SMS, PARAMETERS, "C7", None)
    assert fault.place == "アカウントパラメータ申込書!C7"
    assert fault.text == "アカウントパラメータ申込書!C7「同意取得方法」 空欄です。必ずご記入ください。"
    assert fault.as_dict() == {
        "code": "missing",
        "document_code": "account_parameters",
        "sheet": "アカウントパラメータ申込書",
        "cell": "C7",
        "label": "同意取得方法",
        "message": "空欄です。必ずご記入ください。",
        "severity": "blocking",
    }


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "203.0.113.5",
        "127.0.0.1",
        "52.192.0.0/23",
        "52.192.0.1/28",
        "2001:db8::1",
    ],
)
def test_guide_1_2_an_address_that_cannot_be_filtered_by_is_refused_in_its_cell(address: str) -> None:
    fault = only_fault(Plan.SMS, PARAMETERS, "C15", address)
    assert (fault.place, fault.code) == ("アカウントパラメータ申込書!C15", "global_ip")
    assert fault.message.startswith(f"{address}: ")


def test_guide_1_2_at_least_one_address_is_required() -> None:
    faults = faults_after(Plan.SMS, {(PARAMETERS, "C13"): None, (PARAMETERS, "C14"): None})
    assert [fault.text for fault in faults] == [
        "アカウントパラメータ申込書!C13「グローバルIPアドレス 1」 空欄です。必ずご記入ください。"
    ]


def test_guide_1_2_the_widest_range_is_a_setting() -> None:
    data = filled(write_sample(Plan.SMS), {(PARAMETERS, "C15"): "52.194.0.0/20"})
    assert [fault.code for fault in read_form(data).faults] == ["global_ip"]
    assert read_form(data, limits=FormLimits(widest_v4=20)).faults == []
    assert validate(FORMS["application_sms"], sample_values(Plan.SMS), limits=FormLimits(widest_v4=32)) != []


def test_guide_1_3_the_softbank_number_is_asked_for_with_its_option_only() -> None:
    wanted = faults_after(Plan.SMS, {(APPLICATION, "C64"): "利用する"})
    assert [(fault.place, fault.message) for fault in wanted] == [
        (
            "アカウントパラメータ申込書!C30",
            "空欄です。SoftBank送信元表示番号を利用する場合は必ずご記入ください。",
        )
    ]
    unasked = read_form(filled(write_sample(Plan.SMS), {(PARAMETERS, "C30"): "21234"}))
    assert [(fault.place, fault.message, fault.severity) for fault in unasked.faults] == [
        (
            "アカウントパラメータ申込書!C30",
            "SoftBank送信元表示番号を利用する場合だけ使う項目です。この内容は登録されません。",
            "warning",
        )
    ]
    assert "sms.softbank_sender" not in unasked.values


@pytest.mark.parametrize("number", ["1234", "2123", "2123456", "0120000123"])
def test_guide_1_3_the_softbank_number_has_five_or_six_digits_beginning_with_2(number: str) -> None:
    faults = faults_after(Plan.SMS, {(APPLICATION, "C64"): "利用する", (PARAMETERS, "C30"): number})
    assert [(fault.place, fault.code) for fault in faults] == [
        ("アカウントパラメータ申込書!C30", "sender_number")
    ]


def test_guide_1_8_two_way_sms_needs_its_url_but_no_number_of_ones_own() -> None:
    faults = faults_after(
        Plan.SMS, {(APPLICATION, "C62"): "利用する", (PARAMETERS, "C25"): None, (PARAMETERS, "C26"): None}
    )
    assert [fault.text for fault in faults] == [
        "アカウントパラメータ申込書!C34「双方向SMS受信通知先URL」 "
        "空欄です。双方向SMS / 共通番号を利用する場合は必ずご記入ください。"
    ]


def test_guide_1_9_an_execute_api_host_is_refused_in_its_cell() -> None:
    url = "https://abc.execute-api.ap-northeast-1.amazonaws.com/x"
    faults = read_form(filled(write_sms_result_sample(), {("SMS結果通知先設定申込書", "C9"): url})).faults
    assert [(fault.place, fault.code, fault.document_code) for fault in faults] == [
        ("SMS結果通知先設定申込書!C9", "notification_url", "sms_result_destination")
    ]
    assert "カスタムドメイン" in faults[0].message


def test_guide_1_9_plain_http_is_refused_unless_a_setting_allows_it_with_a_warning() -> None:
    data = filled(write_sms_result_sample(), {("SMS結果通知先設定申込書", "C9"): "http://sms.example.jp/r"})
    assert [(fault.cell, fault.severity) for fault in read_form(data).faults] == [("C9", "blocking")]
    allowed = read_form(data, limits=FormLimits(allow_http=True))
    assert [(fault.cell, fault.code, fault.severity) for fault in allowed.faults] == [
        ("C9", "http", "warning")
    ]
    assert allowed.values["result.url"] == "http://sms.example.jp/r"


def test_guide_1_7_a_server_that_is_not_ready_needs_a_date_and_a_ready_one_none() -> None:
    sheet = "SMS結果通知先設定申込書"
    missing = read_form(filled(write_sms_result_sample(), {(sheet, "C16"): None})).faults
    assert [(fault.place, fault.message) for fault in missing] == [
        ("SMS結果通知先設定申込書!C16", "空欄です。サーバーが準備中の場合は必ずご記入ください。")
    ]
    ready = filled(write_sms_result_sample(), {(sheet, "C15"): "準備済み", (sheet, "C16"): None})
    assert read_form(ready).faults == []


def test_guide_1_6_the_sms_check_item_is_not_asked_of_a_plan_without_sms() -> None:
    unconfirmed = {(CHECKS, "C18"): None}
    assert faults_after(Plan.PLUS, unconfirmed) == []
    assert [fault.place for fault in faults_after(Plan.SMS_PLUS, unconfirmed)] == [
        "お申し込みチェックシート!C18"
    ]


@pytest.mark.parametrize(
    "company", ["㈱見本トラベル", "（株）見本トラベル", "株式会社 見本トラベル", "株式会社　見本ﾄﾗﾍﾞﾙ"]
)
def test_guide_1_6_the_consenting_company_may_be_written_another_way(company: str) -> None:
    assert faults_after(Plan.SMS, {(PRICES, "C18"): company}) == []


def test_a_missing_corporate_number_is_a_warning_only() -> None:
    fault = only_fault(Plan.SMS, APPLICATION, "C12", None)
    assert (fault.place, fault.severity) == ("サービス利用申込書!C12", "warning")
    assert fault.message == (
        "法人番号が空欄です。法人の場合は13桁の番号をご記入ください。個人事業主の方はこのままで構いません。"
    )


def test_a_corporate_number_with_a_wrong_check_digit_is_refused() -> None:
    assert only_fault(Plan.SMS, APPLICATION, "C12", "9011101031553").code == "corporate_number"


@pytest.mark.parametrize(
    ("sheet", "cell", "typed", "key", "value"),
    [
        (APPLICATION, "C26", 300001234, "applicant.phone", "03-0000-1234"),
        (APPLICATION, "C26", 300001234.0, "applicant.phone", "03-0000-1234"),
        (APPLICATION, "C13", 600001, "company.postal_code", "060-0001"),
        (PARAMETERS, "C25", 120000123, "sms.sender_numbers", ["0120000123", "0300001234"]),
    ],
)
def test_a_leading_zero_lost_as_a_number_is_restored_with_a_warning(
    sheet: str, cell: str, typed: float, key: str, value: Any
) -> None:
    reading = read_form(filled(write_sample(Plan.SMS), {(sheet, cell): typed}))
    assert reading.values[key] == value
    assert [(fault.sheet, fault.cell, fault.code, fault.severity) for fault in reading.faults] == [
        (sheet, cell, "zero_restored", "warning")
    ]
    shown = value[0] if isinstance(value, list) else value
    assert reading.faults[0].message == (
        f"先頭の0が消えていたため「{shown}」と読み取りました。"
        "違う場合は、セルの表示形式を「文字列」にして記入し直してください。"
    )


@pytest.mark.parametrize(
    "typed",
    [
        "2026/11/24",
        "2026-11-24",
        "2026.11.24",
        "2026年11月24日",
        "２０２６年１１月２４日（火）",
        "令和8年11月24日",
        "R8.11.24",
        "r8/11/24",
        "20261124",
        46350,  # days since 1899-12-30, the cell's date format lost
        46350.5,
        datetime(2026, 11, 24, 9, 30),
    ],
)
def test_a_date_is_read_however_it_was_written(typed: Any) -> None:
    reading = read_form(filled(write_sample(Plan.SMS), {(PRICES, "C19"): typed}))
    assert reading.faults == []
    assert str(reading.values["plan_table.consented_on"]) == "2026-11-24"


def test_a_date_written_together_as_a_number_is_read_where_the_cell_has_no_date_format() -> None:
    def write(workbook: Workbook) -> None:
        workbook[PRICES]["C19"].value = 20261124
        workbook[PRICES]["C19"].number_format = "General"

    values = read_form(edited(write_sample(Plan.SMS), write)).values
    assert str(values["plan_table.consented_on"]) == "2026-11-24"


@pytest.mark.parametrize(
    ("typed", "year"), [("令和元年5月1日", 2019), ("平成30年4月1日", 2018), ("平成31年4月30日", 2019)]
)
def test_a_date_with_an_era_is_read(typed: str, year: int) -> None:
    values = read_form(filled(write_sample(Plan.SMS), {(PRICES, "C19"): typed})).values
    assert str(values["plan_table.consented_on"])[:4] == str(year)


@pytest.mark.parametrize(
    "typed", ["11/24", "26/11/24", "2026/13/1", "未定", 5, 1e10, 20261124, "2017/12/31", "2100/1/1"]
)
def test_what_is_no_date_is_refused_in_its_cell(typed: Any) -> None:
    fault = only_fault(Plan.SMS, PRICES, "C19", typed)
    assert (fault.place, fault.code) == ("サービス契約プラン表!C19", "not_a_date")


def test_cells_merged_over_an_input_are_reported_where_the_input_is() -> None:
    def merge(workbook: Workbook) -> None:
        workbook[PARAMETERS].merge_cells("C6:C7")

    faults = read_form(edited(write_sample(Plan.SMS), merge)).faults
    assert [fault.text for fault in faults] == [
        "アカウントパラメータ申込書!C7「同意取得方法」 "
        "セルがC6と結合されています。結合を解除し、この欄に記入してください。"
    ]


def test_an_input_merged_to_the_right_is_read() -> None:
    def merge(workbook: Workbook) -> None:
        workbook[PARAMETERS].merge_cells("C6:E6")

    assert read_form(edited(write_sample(Plan.SMS), merge)).faults == []


def test_a_missing_sheet_is_one_fault_and_not_one_for_each_of_its_cells() -> None:
    def remove(workbook: Workbook) -> None:
        del workbook[CHECKS]

    faults = read_form(edited(write_sample(Plan.SMS), remove)).faults
    assert [(fault.place, fault.document_code, fault.severity, fault.message) for fault in faults] == [
        (
            "お申し込みチェックシート",
            "check_sheet",
            "blocking",
            "シート「お申し込みチェックシート」がありません。申込書をダウンロードし直し、このシートも記入してください。",
        )
    ]


def test_a_renamed_sheet_is_found_by_its_names_with_a_warning() -> None:
    def rename(workbook: Workbook) -> None:
        workbook[CHECKS].title = "チェック済み"
        for defined in workbook.defined_names.values():
            defined.attr_text = (defined.attr_text or "").replace(CHECKS, "チェック済み")

    reading = read_form(edited(write_sample(Plan.SMS), rename))
    assert [(fault.place, fault.severity, fault.message) for fault in reading.faults] == [
        (
            "チェック済み",
            "warning",
            "シート「お申し込みチェックシート」の名前が「チェック済み」に変わっています。内容は読み取りました。",
        )
    ]
    assert reading.sources["check.1"] == ("チェック済み", "C7")


def test_sheets_in_another_order_are_read() -> None:
    def move(workbook: Workbook) -> None:
        workbook.move_sheet(PRICES, offset=-3)

    assert read_form(edited(write_sample(Plan.SMS), move)).faults == []


def insert_row(workbook: Workbook, *, names_too: bool) -> None:
    """A row above row 8 of the parameter sheet, as a spreadsheet does it (names move along)."""
    sheet = workbook[PARAMETERS]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(8)
    if not names_too:
        return
    for name, defined in list(workbook.defined_names.items()):
        place, _, cell = (defined.attr_text or "").rpartition("!$C$")
        if PARAMETERS in place and int(cell) >= 8:
            workbook.defined_names[name] = DefinedName(name, attr_text=f"{place}!$C${int(cell) + 1}")


def test_inserted_rows_are_followed_by_the_names_and_faults_show_the_new_cell() -> None:
    data = edited(write_sample(Plan.SMS), lambda workbook: insert_row(workbook, names_too=True))
    assert read_form(data).faults == []
    assert read_form(data).sources["global_ips.1"] == (PARAMETERS, "C14")
    faults = read_form(filled(data, {(PARAMETERS, "C14"): "10.0.0.1"})).faults
    assert [fault.place for fault in faults] == ["アカウントパラメータ申込書!C14"]


def test_inserted_rows_without_the_names_are_reported_and_never_misread() -> None:
    data = edited(write_sample(Plan.SMS), lambda workbook: insert_row(workbook, names_too=False))
    reading = read_form(data)
    assert (
        reading.values["usage.consent_method"] == "会員登録の画面で、配信への同意のチェックをいただく"
    )  # above the row
    assert "usage.monthly_volume" not in reading.values
    assert "global_ips" not in reading.values
    first = reading.faults[0]
    assert first.text == (
        "アカウントパラメータ申込書!C8「想定月間配信数（通）」 「想定月間配信数（通）」の欄が元の場所（C8）に"
        "見つかりません。行や見出しが変わっているようです。申込書をダウンロードし直して記入してください。"
    )
    assert {fault.code for fault in reading.faults} == {"layout_changed"}


def test_without_names_a_contact_moved_onto_another_one_is_not_mistaken_for_it() -> None:
    def shift(workbook: Workbook) -> None:
        for name in list(workbook.defined_names):
            del workbook.defined_names[name]
        sheet = workbook[APPLICATION]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(20, 8)  # the whole block of the applicant

    reading = read_form(edited(write_sample(Plan.SMS), shift))
    assert "applicant.name" not in reading.values
    assert [fault.code for fault in reading.faults if fault.cell == "C22"] == ["layout_changed"]


def test_another_form_than_the_one_asked_for_is_a_fault() -> None:
    faults = read_form(write_sample(Plan.SMS), {"application_plus"}).faults
    assert [(fault.sheet, fault.cell, fault.code, fault.message) for fault in faults] == [
        (
            "記入方法",
            "",
            "wrong_form",
            "ここで必要なのは「サービス利用申込書（APIプラン）_+メッセージ」です。"
            "「サービス利用申込書（APIプラン）_SMS」は受け取れません。",
        )
    ]


@pytest.mark.parametrize(
    ("edition", "severity", "message"),
    [
        (
            "1.9.3",
            "warning",
            "古い版（第1.9.3版）の申込書です。不備が表示されたときは、"
            "最新の第2.0.1版をダウンロードして記入し直してください。",
        ),
        (
            "2.0.2",
            "blocking",
            "第2.0.2版の申込書には対応していません。第2.0.1版をダウンロードして記入してください。",
        ),
        (
            "10.0.0",
            "blocking",
            "第10.0.0版の申込書には対応していません。第2.0.1版をダウンロードして記入してください。",
        ),
    ],
)
def test_another_edition_is_told(edition: str, severity: str, message: str) -> None:
    reading = read_form(filled(write_sample(Plan.SMS), {("_form", "B2"): edition}))
    assert reading.edition == edition
    assert [(fault.severity, fault.message) for fault in reading.faults] == [(severity, message)]


def test_without_the_hidden_sheet_the_cover_tells_the_form() -> None:
    def remove(workbook: Workbook) -> None:
        del workbook["_form"]

    reading = read_form(edited(write_sample(Plan.SMS_PLUS), remove))
    assert reading.form_code == "application_plus"
    assert reading.values["company.name"] == "株式会社見本トラベル"
    assert [(fault.code, fault.severity) for fault in reading.faults] == [("edition_unknown", "warning")]


def test_a_workbook_that_is_no_form_of_ours_is_unreadable() -> None:
    def remove(workbook: Workbook) -> None:
        del workbook["_form"]
        del workbook["記入方法"]

    with pytest.raises(UnreadableWorkbook, match="当社の申込書ではないようです。申込書をダウンロードし"):
        read_form(edited(write_form("application_sms"), remove))


def test_furigana_kept_by_excel_is_not_part_of_the_text() -> None:
    phonetic = (
        '株式会社見本トラベル</t><rPh sb="0" eb="4"><t>カブシキガイシャ</t></rPh><phoneticPr fontId="1"/>'
    )

    def add(part: bytes) -> bytes:
        text = part.decode()
        assert "<t>株式会社見本トラベル</t>" in text
        return text.replace("株式会社見本トラベル</t>", phonetic).encode()

    reading = read_form(with_part(write_sample(Plan.SMS), "xl/sharedStrings.xml", add))
    assert reading.values["company.name"] == "株式会社見本トラベル"


def test_a_plan_that_is_missing_raises_no_further_questions() -> None:
    faults = faults_after(Plan.PLUS, {(APPLICATION, "C58"): None})
    assert [(fault.place, fault.message) for fault in faults] == [
        ("サービス利用申込書!C58", "空欄です。必ず選んでください。")
    ]
