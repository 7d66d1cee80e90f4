"""Files that are refused before anything is built from them, each with its own advice."""

import io
import random
import re
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from accounts.rules.plans import Plan
from applications.gateways.workbooks import UnreadableWorkbook, mark_form, read_form
from tests.applications.forms.editing import APPLICATION, edited, with_part, write_sample, zipped

GOOD = write_sample(Plan.SMS)
SAVE_AS = "Excelで「Excel ブック (*.xlsx)」として保存し直してからアップロードしてください。"
OUR_FORM = "当社の申込書（.xlsx）に記入してアップロードしてください。"
LOCKED = "パスワードで保護されています。パスワードを外して保存し直してください。"
BROKEN = "ファイルが壊れていて開けません。Excelで開けるか確かめ、保存し直してください。"
SUSPICIOUS = "安全に開けないブックのため受け取れません。申込書をダウンロードし直して記入してください。"
TOO_LARGE = "ブックの中身が大きすぎます。申込書をダウンロードし直し、シートや画像を加えずに記入してください。"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def content_types(kind: str) -> bytes:
    return f'<Types><Override PartName="/x" ContentType="application/{kind}"/></Types>'.encode()


def replaced_in(part: str, old: bytes, new: bytes) -> bytes:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return with_part(GOOD, part, change)


SHEET = "xl/worksheets/sheet2.xml"

REFUSED: list[tuple[str, Any, str]] = [
    ("empty", b"", "ファイルが空です。記入した申込書を選び直してください。"),
    ("old xls", OLE + b"\0" * 600, "古い形式（.xls）は受け取れません。" + SAVE_AS),
    ("encrypted", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), LOCKED),
    ("pdf", b"%PDF-1.7\n", "PDFは読み取れません。記入したExcelファイル（.xlsx）をアップロードしてください。"),
    ("csv", "企業名,住所\n見本,東京".encode(), "CSVなどのテキストファイルは受け取れません。" + OUR_FORM),
    (
        "csv of Excel",
        "企業名,住所\n見本,東京".encode("cp932"),
        "CSVなどのテキストファイルは受け取れません。" + OUR_FORM,
    ),
    ("picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Excelファイルではありません。" + OUR_FORM),
    (
        "zip of a form",
        zipped({"申込書.xlsx": GOOD}),
        "ZIPは受け取れません。中の申込書（.xlsx）を取り出し、1つずつアップロードしてください。",
    ),
    (
        "ods",
        zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "OpenDocument形式（.ods）は受け取れません。" + SAVE_AS,
    ),
    (
        "xlsm",
        zipped({"[Content_Types].xml": content_types("vnd.ms-excel.sheet.macroEnabled.main+xml")}),
        "マクロ付きのブック（.xlsm）は受け取れません。" + SAVE_AS,
    ),
    (
        "xlsb",
        zipped({"[Content_Types].xml": content_types("vnd.ms-excel.sheet.binary.main")}),
        "バイナリ形式のブック（.xlsb）は受け取れません。" + SAVE_AS,
    ),
    (
        "docx",
        zipped(
            {"[Content_Types].xml": content_types("vnd.openxmlformats-officedocument.wordprocessingml.x")}
        ),
        "Wordの文書は受け取れません。" + OUR_FORM,
    ),
    ("cut off", GOOD[: len(GOOD) // 2], BROKEN),
    ("only the magic", b"PK\x03\x04", BROKEN),
    ("a sheet that is no XML", replaced_in(SHEET, b"<sheetData>", b"<sheetData"), BROKEN),
    (
        "billion laughs",
        replaced_in(SHEET, b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'),
        SUSPICIOUS,
    ),
    (
        "outside entity",
        replaced_in("xl/styles.xml", b"<styleSheet", b'<!DOCTYPE s SYSTEM "file:///etc/passwd"><styleSheet'),
        SUSPICIOUS,
    ),
    (
        "strict",
        replaced_in(
            "xl/workbook.xml",
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "「Strict Open XML」形式は受け取れません。" + SAVE_AS,
    ),
    ("bomb", replaced_in(SHEET, b"</worksheet>", b"</worksheet>" + b" " * 70_000_000), TOO_LARGE),
    (
        "many cells",
        replaced_in(SHEET, b"<sheetData>", b"<sheetData><row>" + b"<c/>" * 100_001 + b"</row>"),
        TOO_LARGE,
    ),
    ("many tags", replaced_in(SHEET, b"<sheetData>", b"<sheetData>" + b"<row/>" * 400_001), TOO_LARGE),
    ("many styles", replaced_in("xl/styles.xml", b"<cellXfs", b"<x/>" * 40_001 + b"<cellXfs"), TOO_LARGE),
    (
        "merged over a million cells",
        replaced_in(SHEET, b'<mergeCell ref="', b'<mergeCell ref="F1:XFD1000"/><mergeCell ref="'),
        TOO_LARGE,
    ),
    (
        "too large",
        b"PK" + b"\0" * (10 * 1024 * 1024),
        "ファイルが大きすぎます（上限10MB）。画像などを加えずに記入してください。",
    ),
]


@pytest.mark.parametrize(("data", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_a_file_that_is_no_harmless_xlsx_is_refused_with_advice(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableWorkbook) as refused:
        read_form(data)
    assert refused.value.message_ja == message
    with pytest.raises(UnreadableWorkbook) as refused:
        mark_form(data, [(APPLICATION, "C6", "直してください。")])
    assert refused.value.message_ja == message


def test_a_size_that_lies_in_the_directory_does_not_unpack_more() -> None:
    data = bytearray(replaced_in(SHEET, b"</worksheet>", b"</worksheet>" + b" " * 1_000_000))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(SHEET)
    size = info.file_size.to_bytes(4, "little")
    directory = data.rindex(SHEET.encode()) - 46 + 24
    assert data[directory : directory + 4] == size
    data[directory : directory + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(UnreadableWorkbook):
        read_form(bytes(data))


def test_a_link_over_a_million_cells_is_refused() -> None:
    def link(workbook: Workbook) -> None:
        workbook[APPLICATION]["B1"].hyperlink = "#A1"
        workbook[APPLICATION]["B1"].hyperlink.ref = "A1:XFD1000"

    with pytest.raises(UnreadableWorkbook, match="ブックの中身が大きすぎます"):
        read_form(edited(GOOD, link))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=2**32))
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(seed: int) -> None:
    dice = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        names = archive.namelist()

    def damage(content: bytes) -> bytes:
        numbers = list(re.finditer(rb"\d+", content))
        if numbers and dice.random() < 0.7:
            found = dice.choice(numbers)
            junk = dice.choice([b"99999999999", b"-5", b"0", b"x", b""])
            return content[: found.start()] + junk + content[found.end() :]
        at = dice.randrange(len(content))
        return content[:at] + content[at + dice.randint(1, 20) :]

    data = with_part(GOOD, dice.choice(names), damage)
    for work in (read_form, lambda content: mark_form(content, [(APPLICATION, "C6", "直してください。")])):
        try:
            work(data)
        except UnreadableWorkbook as refused:
            assert refused.message_ja.endswith("。")
