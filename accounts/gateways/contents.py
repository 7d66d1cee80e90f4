"""What an uploaded file really is: judged by its content; the name's extension must agree with it.

`inspect` lets harmless files of the wanted kinds through and gives them a clean name; everything else raises
RefusedFile with what to do. Whether a workbook is one of our forms is for its reader to say.
"""

import email
import email.policy
import io
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from email.errors import MessageError

import filetype
from PIL import Image

from accounts.gateways import file_names
from kmc_portal.lib.choices import Labelled

MIB = 1024 * 1024
MAX_SIDE = 8000  # pixels
MAX_PIXELS = 40_000_000
MAX_UNPACKED = 60 * MIB  # bytes of all parts of a workbook
MAX_PARTS = 500  # of a workbook
PDF_END_WITHIN = 2048  # bytes from the end in which %%EOF must stand


class Kind(Labelled):
    WORKBOOK = "workbook", "Excelブック（.xlsx）"
    PNG = "png", "PNG画像（.png）"
    JPEG = "jpeg", "JPEG画像（.jpg）"
    PDF = "pdf", "PDF（.pdf）"
    MAIL = "mail", "メール（.eml）"


class Reason(Labelled):
    EMPTY = "empty", "空のファイル"
    TOO_LARGE = "too_large", "大きすぎる"
    KIND = "kind", "受け取れない種類"
    EXTENSION = "extension", "拡張子の不一致"
    ENCRYPTED = "encrypted", "パスワード付き"
    MACRO = "macro", "マクロ"
    EXTERNAL = "external", "外部への参照"
    BOMB = "bomb", "展開後が大きすぎる"
    DAMAGED = "damaged", "壊れている"


CONTENT_TYPES: dict[Kind, str] = {
    Kind.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.PDF: "application/pdf",
    Kind.MAIL: "message/rfc822",
}
EXTENSIONS: dict[Kind, tuple[str, ...]] = {
    Kind.WORKBOOK: (".xlsx",),
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg"),
    Kind.PDF: (".pdf",),
    Kind.MAIL: (".eml",),
}
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SAVE_AS_XLSX = "Excelで開き、「Excel ブック（*.xlsx）」として保存し直してください。"


class RefusedFile(Exception):
    """`message_ja` is for the user, `reason` for programs."""

    def __init__(self, message_ja: str, reason: Reason) -> None:
        super().__init__(message_ja)
        self.message_ja = message_ja
        self.reason = reason


@dataclass(frozen=True)
class Inspected:
    kind: Kind
    content_type: str
    clean_name: str
    width: int | None = None  # pixels, of an image
    height: int | None = None


def inspect(name: str, data: bytes, allowed: frozenset[Kind], max_bytes: int) -> Inspected:
    """Raises RefusedFile. `max_bytes` is the largest size that is still let through."""
    clean_name = file_names.clean(name)
    shown = f"「{clean_name}」"
    if not data:
        raise RefusedFile(
            f"{shown}は空のファイルです。ファイルを確かめて、選び直してください。", Reason.EMPTY
        )
    if len(data) > max_bytes:
        raise RefusedFile(
            f"{shown}は{_size(len(data))}あり、上限の{_size(max_bytes)}を超えています。小さくしてから選び直してください。",
            Reason.TOO_LARGE,
        )
    kind = _kind_of(data)
    if kind is None or kind not in allowed:
        raise _unwanted(clean_name, data, kind, allowed)
    if file_names.extension(clean_name) not in EXTENSIONS[kind]:
        raise RefusedFile(
            f"{shown}の中身は{kind.label}ですが、拡張子が違います。"
            f"ファイル名の末尾を{EXTENSIONS[kind][0]}に直すか、正しいファイルを選び直してください。",
            Reason.EXTENSION,
        )
    width = height = None
    if kind in (Kind.PNG, Kind.JPEG):
        width, height = _check_image(shown, data, kind)
    elif kind == Kind.WORKBOOK:
        _check_workbook(shown, data)
    elif kind == Kind.PDF:
        _check_pdf(shown, data)
    return Inspected(kind, CONTENT_TYPES[kind], clean_name, width, height)


def _size(count: int) -> str:
    for unit, factor in (("MB", MIB), ("KB", 1024)):
        if count >= factor:
            return f"{count / factor:.1f}".removesuffix(".0") + unit
    return f"{count}バイト"


# --- which kind is it ---------------------------------------------------------------------------


def _kind_of(data: bytes) -> Kind | None:
    if data.startswith(b"PK\x03\x04"):
        return Kind.WORKBOOK if _content_types(data) else None
    guess = filetype.guess(data)
    if guess is None:
        return Kind.MAIL if _is_mail(data) else None
    return {"image/png": Kind.PNG, "image/jpeg": Kind.JPEG, "application/pdf": Kind.PDF}.get(guess.mime)


def _content_types(data: bytes) -> bytes:
    """The list of types of a zip that is a workbook in XML, else nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return b""
            with archive.open("[Content_Types].xml") as part:
                return part.read(MIB)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return b""


def _is_mail(data: bytes) -> bool:
    """Header lines from the first byte on, with a sender and with a mark of the way it came."""
    if b"\0" in data or not re.match(rb"[!-9;-~]+:", data):
        return False
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
    except (MessageError, ValueError):
        return False
    return "From" in message and any(field in message for field in ("Date", "Message-ID", "Received"))


def _unwanted(name: str, data: bytes, kind: Kind | None, allowed: frozenset[Kind]) -> RefusedFile:
    """The refusal for a file of no wanted kind; where we know what it is, with advice that fits."""
    shown, extension = f"「{name}」", file_names.extension(name)
    wanted = "、".join(member.label for member in Kind if member in allowed)
    if kind is None and data.startswith(OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return RefusedFile(
                f"{shown}はパスワードで保護されています。パスワードを外して保存し直してから、選び直してください。",
                Reason.ENCRYPTED,
            )
        if "__substg1.0_".encode("utf-16-le") in data or "__nameid_version1.0".encode("utf-16-le") in data:
            return RefusedFile(
                f"{shown}はOutlook形式（.msg）のメールです。.eml形式で保存し直してから、選び直してください。",
                Reason.KIND,
            )
        return RefusedFile(f"{shown}は古い形式のOfficeファイル（.xlsなど）です。{SAVE_AS_XLSX}", Reason.KIND)
    if kind is None and data.startswith(b"PK\x03\x04") and b"xl/workbook.bin" in data:
        return RefusedFile(f"{shown}はバイナリ形式のブック（.xlsb）です。{SAVE_AS_XLSX}", Reason.KIND)
    if kind is None and any(extension in EXTENSIONS[member] for member in allowed):
        return RefusedFile(
            f"{shown}の中身を{extension}のファイルとして読み取れません。"
            "壊れていないか、拡張子だけを変えたファイルでないかを確かめて、選び直してください。",
            Reason.DAMAGED,
        )
    what = f"（中身は{kind.label}）" if kind else ""
    return RefusedFile(f"{shown}{what}は受け取れません。ここで受け取れるのは{wanted}です。", Reason.KIND)


# --- is it harmless and whole -------------------------------------------------------------------


def _check_image(shown: str, data: bytes, kind: Kind) -> tuple[int, int]:
    """Width and height in pixels. The header is judged before anything is unpacked."""
    damaged = RefusedFile(
        f"{shown}の画像が壊れています。画像を保存し直してから、選び直してください。", Reason.DAMAGED
    )
    formats = ["PNG" if kind == Kind.PNG else "JPEG"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            with Image.open(io.BytesIO(data), formats=formats) as image:
                width, height = image.size
                if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
                    raise _huge_image(shown, f"{width}×{height}ピクセルの")
                image.verify()
            with Image.open(io.BytesIO(data), formats=formats) as image:  # verify() leaves it unusable
                image.load()
    except Image.DecompressionBombError as error:
        raise _huge_image(shown, "たいへん大きな") from error
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
        raise damaged from error
    return width, height


def _huge_image(shown: str, how_large: str) -> RefusedFile:
    return RefusedFile(
        f"{shown}は{how_large}画像です。縦横とも{MAX_SIDE}ピクセル以下、"
        f"全体で{MAX_PIXELS // 10_000}万画素以下に縮小してから、選び直してください。",
        Reason.BOMB,
    )


_EXTERNAL_PARTS = re.compile(
    r"xl/(externalLinks|connections\.xml|queryTables|embeddings|activeX|ctrlProps/.*\.bin)"
)
_HYPERLINK = re.compile(rb"\bType\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def _check_workbook(shown: str, data: bytes) -> None:
    if b"macroEnabled" in _content_types(data):
        raise RefusedFile(
            f"{shown}はマクロ付きのブックです。マクロなしの形式にしてください。{SAVE_AS_XLSX}", Reason.MACRO
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_directory(shown, parts)
            for part in parts:
                _check_part(shown, part, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise RefusedFile(
            f"{shown}のブックが壊れています。Excelで開いて保存し直してから、選び直してください。",
            Reason.DAMAGED,
        ) from error


def _check_directory(shown: str, parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise RefusedFile(
            f"{shown}は展開すると大きくなりすぎます（上限{_size(MAX_UNPACKED)}、{MAX_PARTS}個の部品）。"
            "不要なシートや画像を取り除いて保存し直してください。",
            Reason.BOMB,
        )
    if len(set(names)) != len(names) or any(
        ".." in name.split("/") or name.startswith("/") for name in names
    ):
        raise zipfile.BadZipFile("part names")
    if any(part.flag_bits & 0x1 for part in parts):
        raise RefusedFile(
            f"{shown}はパスワードで保護されています。パスワードを外して保存し直してから、選び直してください。",
            Reason.ENCRYPTED,
        )
    if any("vbaproject" in name.lower() or "/macrosheets/" in name.lower() for name in names):
        raise RefusedFile(
            f"{shown}にマクロが含まれています。マクロなしの形式にしてください。{SAVE_AS_XLSX}", Reason.MACRO
        )
    if any(_EXTERNAL_PARTS.match(name) for name in names):
        raise _external(shown)


def _check_part(shown: str, part: zipfile.ZipInfo, archive: zipfile.ZipFile) -> None:
    """Unpacks the part, which also proves its checksum; zipfile never gives out more than the directory says."""
    with archive.open(part) as stream:
        if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
            while stream.read(MIB):
                pass
            return
        text = stream.read().replace(b"\0", b"")  # UTF-16 becomes comparable, too
    if _DOCTYPE.search(text):
        raise zipfile.BadZipFile("document type")
    if part.filename.lower().endswith(".rels"):
        for relation in _RELATION.findall(text):
            # a link in a cell (an address that Excel made clickable) is harmless, everything else is fetched
            if re.search(rb"TargetMode\s*=\s*[\"']External", relation) and not _HYPERLINK.search(relation):
                raise _external(shown)


def _external(shown: str) -> RefusedFile:
    return RefusedFile(
        f"{shown}には、ほかのファイルやデータへのリンク、または埋め込まれたファイルがあります。"
        "リンクを解除し（データ→リンクの編集）、値だけにして保存し直してください。",
        Reason.EXTERNAL,
    )


_ENCRYPT = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")


def _check_pdf(shown: str, data: bytes) -> None:
    if b"%%EOF" not in data[-PDF_END_WITHIN:]:
        raise RefusedFile(
            f"{shown}のPDFが途中で切れています。PDFを作り直すか、もう一度ダウンロードしてから選び直してください。",
            Reason.DAMAGED,
        )
    if _ENCRYPT.search(data):
        raise RefusedFile(
            f"{shown}はパスワードや権限で保護されたPDFです。保護を外して保存し直してから、選び直してください。",
            Reason.ENCRYPTED,
        )
