"""Uploads are judged by what they contain."""

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage

import openpyxl
import pytest
from PIL import Image

from accounts.gateways import contents
from accounts.gateways.contents import Inspected, Kind, Reason, RefusedFile

EVERYTHING = frozenset(Kind)
LIMIT = 10 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def inspect(name: str, data: bytes, allowed: frozenset[Kind] = EVERYTHING, limit: int = LIMIT) -> Inspected:
    return contents.inspect(name, data, allowed, limit)


def refusal(name: str, data: bytes, allowed: frozenset[Kind] = EVERYTHING, limit: int = LIMIT) -> RefusedFile:
    with pytest.raises(RefusedFile) as caught:
        contents.inspect(name, data, allowed, limit)
    assert str(caught.value) == caught.value.message_ja
    return caught.value


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "会社名"
    book.active["A2"] = "tanto@example.jp"
    book.active["A2"].hyperlink = "mailto:tanto@example.jp"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(data: bytes, changes: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The zip with some parts replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return file.getvalue()


def image(kind: str, size: tuple[int, int] = (224, 224), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 1).save(file, kind)
    return file.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"] = "tanto@example.jp"
    message["To"] = "kmc-support@example.com"
    message["Subject"] = "変更申込"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
    message.set_content("添付のとおり変更を申し込みます。")
    return message.as_bytes()


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


# --- what is let through ------------------------------------------------------------------------


def test_each_kind_is_recognised_by_its_content() -> None:
    assert inspect("申込書.xlsx", workbook()) == Inspected(Kind.WORKBOOK, XLSX, "申込書.xlsx")
    assert inspect("icon.PNG", image("PNG")) == Inspected(Kind.PNG, "image/png", "icon.PNG", 224, 224)
    assert inspect("b.jpg", image("JPEG", (1440, 448))) == Inspected(
        Kind.JPEG, "image/jpeg", "b.jpg", 1440, 448
    )
    assert inspect("b.jpeg", image("JPEG")).kind == Kind.JPEG
    assert inspect("規約.pdf", PDF) == Inspected(Kind.PDF, "application/pdf", "規約.pdf")
    assert inspect("受信.eml", mail()) == Inspected(Kind.MAIL, "message/rfc822", "受信.eml")


def test_the_name_comes_back_clean() -> None:
    assert inspect("C:\\work\\申込\u202e書.pdf", PDF).clean_name == "申込書.pdf"


def test_a_mail_as_it_was_received_with_its_trace_lines_in_front_is_a_mail() -> None:
    received = b"Return-Path: <a@example.jp>\r\nReceived: from mx.example.jp\r\n" + mail()
    assert inspect("受信.eml", received).kind == Kind.MAIL


# --- size ---------------------------------------------------------------------------------------


def test_an_empty_file_is_refused() -> None:
    refused = refusal("申込書.xlsx", b"")
    assert refused.reason == Reason.EMPTY
    assert "「申込書.xlsx」は空のファイルです" in refused.message_ja


def test_the_limit_itself_is_let_through_and_one_byte_more_is_refused() -> None:
    assert inspect("a.pdf", PDF, limit=len(PDF)).kind == Kind.PDF
    refused = refusal("a.pdf", PDF, limit=len(PDF) - 1)
    assert refused.reason == Reason.TOO_LARGE


def test_the_message_about_the_size_names_the_limit() -> None:
    refused = refusal("a.pdf", b"x" * (3 * 1024 * 1024 // 2), limit=1024 * 1024)
    assert "1.5MBあり、上限の1MBを超えています" in refused.message_ja


# --- kind and extension -------------------------------------------------------------------------


def test_a_kind_that_is_not_wanted_here_is_refused_with_what_is_wanted() -> None:
    refused = refusal("icon.png", image("PNG"), frozenset({Kind.WORKBOOK}))
    assert refused.reason == Reason.KIND
    assert "中身はPNG画像" in refused.message_ja
    assert "ここで受け取れるのはExcelブック（.xlsx）です" in refused.message_ja


def test_an_extension_that_does_not_fit_the_content_is_refused() -> None:
    refused = refusal("logo.png", image("JPEG"))
    assert refused.reason == Reason.EXTENSION
    assert "中身はJPEG画像（.jpg）ですが、拡張子が違います" in refused.message_ja
    assert refusal("申込書", workbook()).reason == Reason.EXTENSION
    assert refusal("申込書.xlsx.exe", workbook()).reason == Reason.EXTENSION


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("申込書.xlsx", b"not a workbook"),
        ("申込書.xlsx", b"PK\x03\x04 and then nothing"),
        ("申込書.xlsx", b"MZ\x90\x00" + b"\0" * 100),
        ("icon.png", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
        ("受信.eml", b"To whom it may concern\n\nhello"),
        ("受信.eml", b"Subject: no sender\n\nhello"),
        ("受信.eml", b"From: a@example.jp\nDate: x\n\n\0binary"),
        ("規約.pdf", b"\n%PDF-1.7\n%%EOF"),
    ],
)
def test_content_that_only_has_the_right_extension_is_refused(name: str, data: bytes) -> None:
    refused = refusal(name, data)
    assert refused.reason == Reason.DAMAGED
    assert "読み取れません" in refused.message_ja


@pytest.mark.parametrize(
    "data", [b"MZ\x90\x00" + b"\0" * 100, b"<html></html>", b"a,b\n1,2\n", b"GIF89a" + b"\0" * 50]
)
def test_a_kind_that_we_never_take_is_refused(data: bytes) -> None:
    assert refusal("file.bin", data).reason == Reason.KIND


# --- workbooks ----------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def test_a_workbook_with_a_password_is_refused() -> None:
    refused = refusal("申込書.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"))
    assert refused.reason == Reason.ENCRYPTED
    assert "パスワードを外して" in refused.message_ja


def test_an_old_workbook_and_an_outlook_mail_get_their_own_advice() -> None:
    assert "古い形式のOfficeファイル" in refusal("申込書.xls", OLE).message_ja
    assert ".eml形式で保存し直して" in refusal("a.msg", OLE + "__substg1.0_".encode("utf-16-le")).message_ja


def test_a_binary_workbook_gets_its_own_advice() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", b"x")
    assert "（.xlsb）" in refusal("申込書.xlsb", file.getvalue()).message_ja


@pytest.mark.parametrize(
    "changes",
    [
        {"xl/vbaProject.bin": b"x"},
        {"xl/macrosheets/sheet1.xml": b"<x/>"},
        {
            "[Content_Types].xml": b'<Types><Override PartName="/xl/workbook.xml" '
            b'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
        },
    ],
)
def test_macros_are_refused(changes: dict[str, bytes]) -> None:
    refused = refusal("申込書.xlsx", repacked(workbook(), changes))
    assert refused.reason == Reason.MACRO
    assert "マクロ" in refused.message_ja


RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="https://files.example.com/hyperlink" TargetMode="External"/></Relationships>'
)


@pytest.mark.parametrize(
    "changes",
    [
        {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
        {"xl/connections.xml": b"<connections/>"},
        {"xl/embeddings/oleObject1.bin": b"x"},
        {"xl/drawings/_rels/drawing1.xml.rels": RELATION.format(kind="image").encode()},
        {"xl/_rels/extra.xml.rels": RELATION.format(kind="externalLinkPath").encode("utf-16")},
    ],
)
def test_links_to_other_files_and_embedded_files_are_refused(changes: dict[str, bytes]) -> None:
    refused = refusal("申込書.xlsx", repacked(workbook(), changes))
    assert refused.reason == Reason.EXTERNAL
    assert "リンク" in refused.message_ja


def test_a_link_in_a_cell_is_let_through() -> None:
    changes = {"xl/worksheets/_rels/sheet9.xml.rels": RELATION.format(kind="hyperlink").encode()}
    assert inspect("申込書.xlsx", repacked(workbook(), changes)).kind == Kind.WORKBOOK


@pytest.mark.parametrize(
    "text",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><x/>'.encode("utf-16"),
    ],
)
def test_xml_with_a_document_type_is_refused(text: bytes) -> None:
    assert refusal("申込書.xlsx", repacked(workbook(), {"xl/extra.xml": text})).reason == Reason.DAMAGED


def test_a_packed_bomb_is_refused_without_unpacking_it() -> None:
    bomb = repacked(workbook(), {"xl/media/zeros.bin": b"\0" * (60 * 1024 * 1024)})
    assert len(bomb) < 100_000
    refused = refusal("申込書.xlsx", bomb)
    assert refused.reason == Reason.BOMB
    assert "上限60MB" in refused.message_ja


def test_too_many_parts_are_refused() -> None:
    parts = {f"xl/media/{number}.bin": b"" for number in range(500)}
    assert refusal("申込書.xlsx", repacked(workbook(), parts)).reason == Reason.BOMB


def test_a_workbook_that_lies_about_a_size_or_a_checksum_is_refused() -> None:
    data = bytearray(repacked(workbook(), {"xl/media/a.bin": b"0123456789" * 50}, zipfile.ZIP_STORED))
    data[data.index(b"0123456789" * 5)] ^= 1
    assert refusal("申込書.xlsx", bytes(data)).reason == Reason.DAMAGED


def test_parts_outside_of_the_package_and_parts_of_the_same_name_are_refused() -> None:
    assert refusal("a.xlsx", repacked(workbook(), {"../evil.xml": b"<x/>"})).reason == Reason.DAMAGED
    file = io.BytesIO(workbook())
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert refusal("a.xlsx", file.getvalue()).reason == Reason.DAMAGED


# --- images -------------------------------------------------------------------------------------


def test_the_longest_side_is_let_through_and_one_pixel_more_is_refused() -> None:
    assert inspect("a.png", image("PNG", (8000, 1), "1")).width == 8000
    refused = refusal("a.png", image("PNG", (8001, 1), "1"))
    assert refused.reason == Reason.BOMB
    assert "8001×1ピクセル" in refused.message_ja


def test_the_largest_area_is_let_through_and_one_row_more_is_refused() -> None:
    assert inspect("a.png", image("PNG", (8000, 5000), "1")).height == 5000
    assert refusal("a.png", image("PNG", (8000, 5001), "1")).reason == Reason.BOMB


def test_a_picture_that_claims_enormous_sides_is_refused_by_its_header() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert refusal("a.png", bomb).reason == Reason.BOMB


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg")])
def test_a_picture_cut_off_is_refused(kind: str, name: str) -> None:
    whole = image(kind, (400, 300))
    refused = refusal(name, whole[: len(whole) // 2])
    assert refused.reason == Reason.DAMAGED
    assert "画像が壊れています" in refused.message_ja


# --- PDF ----------------------------------------------------------------------------------------


def test_a_pdf_cut_off_is_refused() -> None:
    refused = refusal("a.pdf", PDF[:40])
    assert refused.reason == Reason.DAMAGED
    assert "途中で切れています" in refused.message_ja


@pytest.mark.parametrize("mark", [b"/Encrypt 5 0 R", b"/Encrypt << /Filter /Standard >>"])
def test_a_protected_pdf_is_refused(mark: bytes) -> None:
    refused = refusal("a.pdf", PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R " + mark))
    assert refused.reason == Reason.ENCRYPTED
    assert "保護を外して" in refused.message_ja
