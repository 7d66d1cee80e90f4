"""記入方法: the first sheet of every workbook, how to fill it in and send it."""

from openpyxl.worksheet.worksheet import Worksheet

from applications.gateways.workbooks import style
from applications.rules.forms.description import Form

COVER_TITLE = "記入方法"

STEPS: tuple[str, ...] = (
    "下のタブを左から順に開き、色の付いた欄に記入します。「必須」の欄はすべて記入してください。",
    "▼の付く欄は一覧から選びます。セルを選ぶと記入のしかたが表示されます。",
    "行や列の追加・削除、シート名の変更はしないでください。数式ではなく値を記入します。",
    "「Excel ブック (*.xlsx)」のまま保存し、画面からアップロードします。PDFにする必要はありません。",
    "アップロードすると内容がすぐに確認され、直すところがあればセルの場所とともに表示されます。",
)


def write_cover(worksheet: Worksheet, form: Form) -> None:
    worksheet.title = COVER_TITLE
    worksheet.sheet_view.showGridLines = False
    for column, width in (("A", 2.0), ("B", 6.0), ("C", 34.0), ("D", 80.0)):
        worksheet.column_dimensions[column].width = width
    lines: list[tuple[str, str, str]] = [("title", form.title, ""), ("small", f"第{form.edition}版", "")]
    if form.purpose:
        lines.append(("text", form.purpose, ""))
    lines += [("gap", "", ""), ("heading", "記入の手順", "")]
    lines += [("step", str(n), text) for n, text in enumerate((*form.steps, *STEPS), start=1)]
    lines += [("gap", "", ""), ("heading", "シートの一覧", "")]
    lines += [("sheet", sheet.title, _what_for(sheet.document_code)) for sheet in form.sheets]
    for row, (role, first, second) in enumerate(lines, start=1):
        _write_line(worksheet, row, role, first, second)
    worksheet.protection.sheet = True
    style.print_on_a4(worksheet, landscape=True)


SHEET_PURPOSES: dict[str, str] = {
    "application_sms": "企業情報、ご担当者、契約プランとオプション",
    "application_plus": "企業情報、ご担当者、契約プランとオプション",
    "application_rcs": "企業情報、ご担当者、契約プランとオプション",
    "account_parameters": "利用用途、アクセス元、送信元番号、通知先、公式アカウントの設定",
    "check_sheet": "ご契約の前に確認していただく項目",
    "plan_table": "料金の内容と、同意の記入欄",
    "sms_result_destination": "SMS結果通知を受け取るURLとサーバーの準備状況",
    "release_checklist": "公式アカウントを表示に切り替える前の確認項目",
    "service_change": "変更する項目と、企業情報・ご担当者・請求先・支払方法の変更後の内容",
    "parameter_change": "変更する項目と、利用用途・アクセス元・番号・通知先・公式アカウントの変更後の内容",
    "cancellation_form": "解約するご契約と、ご確認いただきたい項目",
}


def _what_for(document_code: str) -> str:
    return SHEET_PURPOSES[document_code]


def _write_line(worksheet: Worksheet, row: int, role: str, first: str, second: str) -> None:
    left, right = worksheet[f"B{row}"], worksheet[f"C{row}"]
    worksheet.row_dimensions[row].height = style.ROW_HEIGHT
    if role == "step":
        left.value, right.value = int(first), second
        left.font, left.fill, left.alignment = (
            style.font(10, bold=True, colour=style.PAPER),
            style.fill(style.ACCENT),
            style.CENTRE,
        )
        right.font, right.alignment = style.font(10), style.LEFT
        worksheet.merge_cells(f"C{row}:D{row}")
        return
    if role == "sheet":
        right.value, worksheet[f"D{row}"].value = first, second
        for cell in (right, worksheet[f"D{row}"]):
            cell.border, cell.alignment, cell.font = style.BOX, style.LEFT, style.font(10)
        right.hyperlink, right.font = f"#'{first}'!C6", style.font(10, colour=style.ACCENT)
        return
    worksheet.merge_cells(f"B{row}:D{row}")
    left.value, left.alignment = first or None, style.HEADING
    if role == "title":
        left.font, worksheet.row_dimensions[row].height = style.font(18, bold=True, colour=style.ACCENT), 40
    elif role == "heading":
        left.font, left.border = style.font(12, bold=True, colour=style.ACCENT), style.UNDERLINE
    else:
        left.font = style.font(9 if role == "small" else 10, colour=style.GREY)
