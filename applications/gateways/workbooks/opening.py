"""Is this a workbook we dare to open? Checked on the packed file, before any library builds cells from it.

Refused with advice: other formats, encrypted and macro workbooks, broken files, packed bombs
(size after unpacking, number of cells, merged and linked areas) and XML with a document type.
"""

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import CellCoordinatesException, InvalidFileException

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_PARTS = 500
MAX_CELLS = 100_000
MAX_TAGS = 400_000  # opening and closing tags of all parts
MAX_STYLE_TAGS = 40_000  # each becomes several objects
MAX_AREA = 100_000  # cells covered by merged ranges, or by links, in one workbook

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SAVE_AS_XLSX = "Excelで「Excel ブック (*.xlsx)」として保存し直してからアップロードしてください。"
USE_OUR_FORM = "当社の申込書（.xlsx）に記入してアップロードしてください。"
ENCRYPTED = "パスワードで保護されています。パスワードを外して保存し直してください。"

REFUSED_TYPES: tuple[tuple[bytes, str], ...] = (  # a content type inside the package → what to say
    (b"macroEnabled", "マクロ付きのブック（.xlsm）は受け取れません。" + SAVE_AS_XLSX),
    (b"sheet.binary", "バイナリ形式のブック（.xlsb）は受け取れません。" + SAVE_AS_XLSX),
    (b"template.main+xml", "テンプレート（.xltx）は受け取れません。" + SAVE_AS_XLSX),
    (
        b"wordprocessingml",
        "Wordの文書は受け取れません。" + USE_OUR_FORM,
    ),
    (
        b"presentationml",
        "PowerPointの文書は受け取れません。" + USE_OUR_FORM,
    ),
)
BROKEN = "ファイルが壊れていて開けません。Excelで開けるか確かめ、保存し直してください。"
SUSPICIOUS = "安全に開けないブックのため受け取れません。申込書をダウンロードし直して記入してください。"
TOO_LARGE = "ブックの中身が大きすぎます。申込書をダウンロードし直し、シートや画像を加えずに記入してください。"

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


# What the libraries raise for parts that are broken or do not fit each other.
BREAKAGE = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    ParseError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    AssertionError,
    zipfile.BadZipFile,
    zlib.error,
    DefusedXmlException,
    InvalidFileException,
    CellCoordinatesException,
)


class UnreadableWorkbook(Exception):
    """The file cannot be read as one of our forms; `message_ja` says why and what to do."""

    def __init__(self, message_ja: str) -> None:
        super().__init__(message_ja)
        self.message_ja = message_ja


@dataclass(frozen=True)
class Package:
    """What was learned on the way: merged areas by sheet, as (column, row, column, row)."""

    data: bytes
    merged: dict[str, list[tuple[int, int, int, int]]]

    def covering(self, sheet: str, row: int, column: int) -> tuple[int, int] | None:
        """Row and column of the first cell of the merged area that hides this cell, if one does."""
        for left, top, right, bottom in self.merged.get(sheet, []):
            if left <= column <= right and top <= row <= bottom and (top, left) != (row, column):
                return top, left
        return None


def inspect(data: bytes) -> Package:
    """Raises UnreadableWorkbook for everything that is not a harmless .xlsx file."""
    _refuse_other_formats(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _inspect_archive(data, archive)
    except (DefusedXmlException, NotImplementedError) as error:
        raise UnreadableWorkbook(SUSPICIOUS) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        ParseError,
        EOFError,
        KeyError,
        ValueError,
        RuntimeError,
    ) as error:
        raise UnreadableWorkbook(BROKEN) from error


def _refuse_other_formats(data: bytes) -> None:
    if not data:
        raise UnreadableWorkbook("ファイルが空です。記入した申込書を選び直してください。")
    if len(data) > MAX_FILE_BYTES:
        most = MAX_FILE_BYTES // 1024 // 1024
        raise UnreadableWorkbook(
            f"ファイルが大きすぎます（上限{most}MB）。画像などを加えずに記入してください。"
        )
    if data.startswith(OLE_MAGIC):
        raise UnreadableWorkbook(
            ENCRYPTED if ENCRYPTED_MARK in data else "古い形式（.xls）は受け取れません。" + SAVE_AS_XLSX
        )
    if data.startswith(b"%PDF"):
        raise UnreadableWorkbook(
            "PDFは読み取れません。記入したExcelファイル（.xlsx）をアップロードしてください。"
        )
    if not data.startswith(b"PK"):
        what = (
            "CSVなどのテキストファイルは受け取れません。"
            if _is_text(data)
            else "Excelファイルではありません。"
        )
        raise UnreadableWorkbook(what + USE_OUR_FORM)


def _is_text(data: bytes) -> bool:
    if b"\0" in data[:4096]:
        return False
    for encoding in ("utf-8", "cp932"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _inspect_archive(data: bytes, archive: zipfile.ZipFile) -> Package:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise UnreadableWorkbook(TOO_LARGE)
    if len(set(names)) != len(names):
        raise UnreadableWorkbook(SUSPICIOUS)
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableWorkbook(ENCRYPTED)
    _refuse_other_packages(archive, names)
    if sum(_tags_of_part(archive, part) for part in parts) > MAX_TAGS:
        raise UnreadableWorkbook(TOO_LARGE)
    return Package(data, _merged_areas(archive))


def _refuse_other_packages(archive: zipfile.ZipFile, names: list[str]) -> None:
    if "[Content_Types].xml" not in names:
        if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:200]:
            raise UnreadableWorkbook("OpenDocument形式（.ods）は受け取れません。" + SAVE_AS_XLSX)
        raise UnreadableWorkbook(
            "ZIPは受け取れません。中の申込書（.xlsx）を取り出し、1つずつアップロードしてください。"
        )
    types = archive.read("[Content_Types].xml")
    for mark, message in REFUSED_TYPES:
        if mark in types:
            raise UnreadableWorkbook(message)
    if MAIN_TYPE not in types or "xl/workbook.xml" not in names:
        raise UnreadableWorkbook("Excelのブックではありません。" + USE_OUR_FORM)
    if any("vbaProject" in name for name in names):
        raise UnreadableWorkbook("マクロが含まれています。" + SAVE_AS_XLSX)
    if b"purl.oclc.org/ooxml" in archive.read("xl/workbook.xml"):
        raise UnreadableWorkbook("「Strict Open XML」形式は受け取れません。" + SAVE_AS_XLSX)


def _tags_of_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Reads a part to its end, because the sizes in the directory may lie; counts the tags of an XML part."""
    is_xml = part.filename.endswith((".xml", ".rels", ".vml"))
    size = tags = 0
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(65536):
            size += len(chunk)
            if size > part.file_size or (is_xml and _DOCTYPE.search(tail + chunk)):
                raise UnreadableWorkbook(SUSPICIOUS)
            tail = chunk[-16:]
            tags += chunk.count(b"<") if is_xml else 0
            if tags > (MAX_STYLE_TAGS if part.filename == "xl/styles.xml" else MAX_TAGS):
                raise UnreadableWorkbook(TOO_LARGE)
    return tags


def _merged_areas(archive: zipfile.ZipFile) -> dict[str, list[tuple[int, int, int, int]]]:
    merged: dict[str, list[tuple[int, int, int, int]]] = {}
    cells = area = 0
    for title, path in sheet_paths(archive).items():
        merged[title] = []
        with archive.open(path) as stream:
            for _, element in iterparse(stream, forbid_dtd=True):
                if element.tag == _MAIN + "c":
                    cells += 1
                elif element.tag == _MAIN + "mergeCell":
                    bounds = _bounds(element.get("ref", ""))
                    merged[title].append(bounds)
                    area += _size(bounds)
                elif element.tag == _MAIN + "hyperlink":
                    area += _size(_bounds(element.get("ref", "")))
                if cells > MAX_CELLS or area > MAX_AREA:
                    raise UnreadableWorkbook(TOO_LARGE)
                element.clear()
    return merged


def sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → part of the package."""
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    paths: dict[str, str] = {}
    for sheet in fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True).iter(_MAIN + "sheet"):
        target = targets[sheet.get(_OFFICE_ID)]
        path = (
            target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        )
        paths[sheet.get("name", "")] = path
    return paths


def _bounds(reference: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(reference)
    if left is None or top is None or right is None or bottom is None:
        raise UnreadableWorkbook(TOO_LARGE)  # whole rows or columns
    return left, top, right, bottom


def _size(bounds: tuple[int, int, int, int]) -> int:
    left, top, right, bottom = bounds
    return (right - left + 1) * (bottom - top + 1)
