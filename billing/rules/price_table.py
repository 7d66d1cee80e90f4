"""A price list as a table: read from the lines staff prepare, written for them to start from, and compared (§5.1)."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from billing.rules.carriers import DeliveryCarrier
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier, row_faults
from billing.rules.tax import TaxCategory
from kmc_portal.lib.choices import Labelled

ITEM, ITEM_NAME, CARRIER, MODEL, SCOPE, TAX, ABOVE, PRICE = HEADER = (
    "項目コード",
    "項目名",
    "キャリア",
    "課金方式",
    "範囲",
    "税区分",
    "超える数量",
    "単価",
)
MOST_LINES = 1000
MOST_ABOVE = 10**12
MOST_DIGITS = 8  # of yen before the decimal point, as the column holds them

# What each column may hold, in words for the page that asks for the table.
COLUMNS: tuple[tuple[str, str], ...] = (
    (ITEM, "項目のコード。項目名だけでも読み取れます。"),
    (ITEM_NAME, "見やすくするための列。コードがあれば読みません。"),
    (
        CARRIER,
        f"SMSだけ：{'、'.join(one.label for one in DeliveryCarrier)}。空欄は、行のないすべてのキャリア。",
    ),
    (MODEL, "、".join(f"{one.value}（{one.label}）" for one in ChargeModel)),
    (SCOPE, "、".join(f"{one.value}（{one.label}）" for one in Scope)),
    (TAX, "、".join(f"{one.value}（{one.label}）" for one in TaxCategory)),
    (ABOVE, "この数量を超えた分に適用します。最初の段階は0。段階は1行ずつ、少ない順に書きます。"),
    (PRICE, "円・税抜、小数4桁まで。"),
)


@dataclass
class ReadTable:
    """`faults` name the line (1 is the first); with any, the rows are not to be used."""

    rows: list[PriceRow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Unreadable(ValueError):
    """The file is no text that we know."""


def decode(data: bytes) -> str:
    """UTF-8 (with or without BOM), or Shift_JIS as Japanese Excel saves it."""
    if b"\0" in data:  # a workbook, or UTF-16
        raise Unreadable("CSVではないファイルです。Excelで「CSV UTF-8」を選んで保存し直してください。")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("文字コードを読み取れません。「CSV UTF-8」で保存し直してください。")


def read(text: str) -> ReadTable:
    """Comma or tab separated (as pasted from Excel), columns by their headings in any order."""
    found = ReadTable()
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip(" ,\t\n"):
        found.faults.append("料金表が空です。CSVファイルを選ぶか、表を貼り付けてください。")
        return found
    lines = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text.split("\n")[0] else ",", strict=True)
    try:
        table = [(lines.line_num, cells) for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error:
        found.faults.append('CSVとして読み取れません。引用符（"）が閉じているか確かめてください。')
        return found
    if len(table) > MOST_LINES:
        found.faults.append(f"行数が多すぎます。{MOST_LINES:,}行以内にしてください。")
        return found
    place, cells = table[0]
    header = [_cell(one) for one in cells]
    missing = [name for name in HEADER if name not in header and name not in (ITEM, ITEM_NAME)]
    if ITEM not in header and ITEM_NAME not in header:
        missing.insert(0, ITEM)
    if missing:
        found.faults.append(f"{place}行目に見出しがありません：{'、'.join(missing)}")
        return found
    if unknown := [name for name in header if name and name not in HEADER]:
        found.faults.append(f"{place}行目の見出し「{'、'.join(unknown)}」は使えません。消してください。")
        return found
    _rows(header, table[1:], found)
    return found


def as_lines(rows: Iterable[PriceRow]) -> list[list[object]]:
    """One line per tier, under HEADER; read() gives the same rows again."""
    return [
        [
            row.item.value,
            row.item.label,
            DeliveryCarrier(row.carrier).label if row.carrier else "",
            row.model.value,
            row.scope.value,
            row.tax.value,
            tier.above,
            plain(tier.unit_price),
        ]
        for row in rows
        for tier in row.tiers
    ]


def as_text(rows: Iterable[PriceRow]) -> str:
    """The table as one pastes it; nothing runs it, so no sign needs an apostrophe before it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(as_lines(rows))
    return stream.getvalue()


def plain(price: Decimal) -> str:
    """`3.5000` → 「3.5」, `1000` → 「1000」"""
    text = f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spoken(price: Decimal) -> str:
    """`1000.5000` → 「1,000.5」"""
    whole, point, rest = plain(price).partition(".")
    return f"{int(whole):,}{point}{rest}"


def tier_ranges(row: PriceRow) -> list[tuple[str, Decimal]]:
    """「1～1,000」 and 「1,001～」 with their prices; one tier alone has no range."""
    if len(row.tiers) == 1:
        return [("", row.tiers[0].unit_price)]
    found = []
    for tier, following in zip(row.tiers, (*row.tiers[1:], None), strict=True):
        last = f"{following.above:,}" if following is not None else ""
        found.append((f"{tier.above + 1:,}～{last}", tier.unit_price))
    return found


class Kind(Labelled):
    SAME = "same", "同じ"
    CHANGED = "changed", "変更"
    ADDED = "added", "追加"
    REMOVED = "removed", "削除"


@dataclass(frozen=True)
class Compared:
    """One item (and carrier) of two lists."""

    item: PriceItem
    carrier: str
    before: PriceRow | None
    after: PriceRow | None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return Kind.ADDED
        if self.after is None:
            return Kind.REMOVED
        return Kind.SAME if _terms(self.before) == _terms(self.after) else Kind.CHANGED


def compare(before: Iterable[PriceRow], after: Iterable[PriceRow]) -> list[Compared]:
    """Every item of either list, in the order of PriceItem, all carriers before the single ones."""
    old = {(row.item, row.carrier): row for row in before}
    new = {(row.item, row.carrier): row for row in after}
    keys = sorted(old.keys() | new.keys(), key=_place)
    return [
        Compared(item, carrier, old.get((item, carrier)), new.get((item, carrier))) for item, carrier in keys
    ]


def in_order(rows: Iterable[PriceRow]) -> list[PriceRow]:
    return sorted(rows, key=lambda row: _place((row.item, row.carrier)))


def missing_items(rows: Iterable[PriceRow]) -> list[PriceItem]:
    """Items without a price that holds whatever the carrier: a contract that uses one would have to wait."""
    rows = list(rows)
    priced = {row.item for row in rows if not row.carrier}
    sms_carriers = {row.carrier for row in rows if row.item is PriceItem.SMS}
    if sms_carriers >= set(DeliveryCarrier):
        priced.add(PriceItem.SMS)
    return [item for item in PriceItem if item not in priced]


def _terms(row: PriceRow) -> tuple[object, ...]:
    return row.model, row.scope, row.tax, row.tiers


def _place(key: tuple[PriceItem, str]) -> tuple[int, int]:
    item, carrier = key
    return list(PriceItem).index(item), list(DeliveryCarrier).index(
        DeliveryCarrier(carrier)
    ) + 1 if carrier else 0


# reading ------------------------------------------------------------------------------------------


def _rows(header: Sequence[str], lines: Iterable[tuple[int, Sequence[str]]], found: ReadTable) -> None:
    rows: dict[tuple[str, str], tuple[int, PriceRow]] = {}
    for number, cells in lines:
        if len(cells) > len(header) and any(one.strip() for one in cells[len(header) :]):
            found.faults.append(f"{number}行目: 列が多すぎます。桁区切りのカンマは消してください。")
            continue
        values = dict(zip(header, [_cell(one) for one in cells], strict=False))
        row = _row(number, values, found.faults)
        if row is None:
            continue
        first, earlier = rows.get((row.item, row.carrier), (number, None))
        if earlier is not None:
            if (earlier.model, earlier.scope, earlier.tax) != (row.model, row.scope, row.tax):
                found.faults.append(
                    f"{number}行目: 同じ項目の{first}行目と、課金方式・範囲・税区分をそろえてください。"
                )
                continue
            row = PriceRow(
                0, row.item, row.carrier, row.model, row.scope, row.tax, (*earlier.tiers, *row.tiers)
            )
        rows[(row.item, row.carrier)] = (first, row)
    for first, row in rows.values():
        found.faults += [f"{first}行目（{row.item.label}）: {fault}" for fault in row_faults(row)]
    found.rows = [row for _first, row in rows.values()]
    if not found.rows and not found.faults:
        found.faults.append("単価の行がひとつもありません。見出しの下に単価を入力してください。")


def _row(number: int, values: dict[str, str], faults: list[str]) -> PriceRow | None:
    """One line; None where anything in it cannot be read."""
    before = len(faults)
    item_text = values.get(ITEM, "") or values.get(ITEM_NAME, "")
    item = _choice(number, ITEM, item_text, PriceItem, faults)
    carrier_text = values.get(CARRIER, "")
    carrier = _choice(number, CARRIER, carrier_text, DeliveryCarrier, faults) if carrier_text else ""
    model = _choice(number, MODEL, values.get(MODEL, ""), ChargeModel, faults)
    scope = _choice(number, SCOPE, values.get(SCOPE, ""), Scope, faults)
    tax = _choice(number, TAX, values.get(TAX, ""), TaxCategory, faults)
    above = _number(values.get(ABOVE, ""), r"[0-9]{1,13}")
    if above is None or above > MOST_ABOVE:
        faults.append(f"{number}行目: {ABOVE}には0以上の整数を入力してください（最初の段階は0）。")
    price = _number(values.get(PRICE, ""), rf"[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,20}})?")
    if price is None:
        faults.append(f"{number}行目: {PRICE}には0以上の数字（円・税抜）を入力してください。")
    if len(faults) > before:
        return None
    assert item and model and scope and tax and above is not None and price is not None, (
        "else there is a fault"
    )
    return PriceRow(
        0,
        PriceItem(item),
        carrier or "",
        ChargeModel(model),
        Scope(scope),
        TaxCategory(tax),
        (Tier(int(above), price),),
    )


def _choice(
    number: int, column: str, text: str, choices: type[Labelled], faults: list[str]
) -> Labelled | None:
    """By code or label."""
    for one in choices:
        if text in (one.value, one.label) or _folded(text) == _folded(one.label):
            return one
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    wanted = "、".join(choices)
    faults.append(
        f"{number}行目: {column}「{shown}」は使えません。次のいずれかを入力してください：{wanted}"
        if text
        else f"{number}行目: {column}が空です。次のいずれかを入力してください：{wanted}"
    )
    return None


def _number(text: str, pattern: str) -> Decimal | None:
    digits = unicodedata.normalize("NFKC", text).replace(",", "").removeprefix("¥").removesuffix("円").strip()
    return Decimal(digits) if re.fullmatch(pattern, digits) else None


def _cell(text: str) -> str:
    """Without the apostrophe that our own CSV puts before a sign that a spreadsheet would run."""
    return text.strip().removeprefix("'").strip()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
