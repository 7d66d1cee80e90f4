"""What the invoice document shows (templates/documents/invoice.typ), from its frozen content and lines (§5.1).

Everything arrives at the template as text ready to be set: the layout knows no arithmetic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from accounts.rules.plans import PaymentMethod
from billing.rules.carriers import DeliveryCarrier
from billing.rules.invoice import OTHER, Detail, Line, LineKind
from billing.rules.invoice_document import Content, ContractName, rate_text
from billing.rules.prices import DELIVERY_ITEMS, PriceItem
from billing.rules.tax import Rounding
from kmc_portal.lib.months import Month
from kmc_portal.lib.yen import yen

SECTION = "ソリューションサービス"  # §5.1 備考 of the month's heading
REDUCED_RATE = Decimal(8)  # 軽減税率 since October 2019; has to be marked line by line on a qualified invoice
REDUCED_MARK = "※"
TEST_MARK = "（試験用）"  # §2.0, §2.1a
SHORT_NAMES = {PriceItem.SMS: "SMS", PriceItem.PLUS: "+メッセージ", PriceItem.RCS: "RCS"}


@dataclass(frozen=True)
class Row:
    """A line of the invoice in its place, with its 備考."""

    line: Line
    remark: str


def document(*, number: str, content: Content, rows: Iterable[Row]) -> dict[str, Any]:
    """The template's data. Contracts stand in the order of their ご利用番号, their lines as they came."""
    month = Month.parse(content["month"])
    names = content["contracts"]
    groups = _by_contract(rows, names)
    return {
        "number": number,
        "account_number": content["account_number"],
        "service_name": content["service_name"],
        "issuer": content["issuer"],
        "recipient": content["recipient"],
        "issued_on": content["issued_on"],
        "due_on": content["due_on"],
        "period_from": content["period_from"],
        "period_to": content["period_to"],
        "replaces": content["replaces"],
        "total": yen(content["total"]),
        "groups": [_group(names[pk], found, month) for pk, found in groups],
        "tax_lines": [
            {
                "item": f"▼消費税（{_rate(row['rate'])}）",
                "amount": yen(row["tax"]),
                "remark": f"対象 {yen(row['net'])}円",
            }
            for row in content["taxes"]
            if Decimal(row["rate"])
        ],
        "taxes": [
            {
                "label": _taxed(row["rate"]),
                "net": yen(row["net"]),
                "tax": yen(row["tax"]),
                "total": yen(row["total"]),
            }
            for row in content["taxes"]
        ],
        "sum": {"net": yen(content["net"]), "tax": yen(content["tax"]), "total": yen(content["total"])},
        "rounding": Rounding.label_of(content["rounding"]),
        "has_reduced": any(Decimal(row["rate"]) == REDUCED_RATE for row in content["taxes"]),
        "payment": _payment(content),
        "note": content["note"],
        "details": [_details(names[pk], found, month) for pk, found in groups],
        "has_test": any(part.for_test for _, found in groups for row in found for part in row.line.details),
    }


def _by_contract(rows: Iterable[Row], names: Mapping[str, ContractName]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row.line.key.contract), []).append(row)
    return sorted(found.items(), key=lambda pair: names[pair[0]]["number"])


def _group(name: ContractName, rows: Sequence[Row], month: Month) -> dict[str, Any]:
    return {
        "number": name["number"],
        "company": name["company"],
        "subtotal": yen(sum(row.line.net for row in rows)),
        "months": [
            {
                "heading": _month_heading(used, month),
                "remark": SECTION,
                "lines": [_line(row) for row in found],
            }
            for used, found in _by_month(rows)
        ],
    }


def _by_month(rows: Sequence[Row]) -> list[tuple[Month, list[Row]]]:
    in_order = sorted(rows, key=lambda row: row.line.key.month)
    return [(month, list(found)) for month, found in groupby(in_order, key=lambda row: row.line.key.month)]


def _month_heading(used: Month, month: Month) -> str:
    if used == month:
        return f"<{used.month}月ご利用内訳>"
    return f"<{used.label}ご利用内訳（追加・訂正）>"


def _line(row: Row) -> dict[str, str]:
    return {"item": _item(row), "amount": yen(row.line.net), "remark": row.remark}


def _item(row: Row) -> str:
    mark = f" {REDUCED_MARK}" if row.line.key.rate == REDUCED_RATE else ""
    return f"▼{row.line.key.kind.label}{mark}"


def _details(name: ContractName, rows: Sequence[Row], month: Month) -> dict[str, Any]:
    return {
        "number": name["number"],
        "company": name["company"],
        "lines": [
            {
                "item": _item(row) if used == month else f"{_item(row)}（{used.label}利用分の追加・訂正）",
                "rate": _taxed(rate_text(row.line.key.rate)),
                "amount": yen(row.line.net),
                "rows": [_detail(part) for part in row.line.details],
            }
            for used, found in _by_month(rows)
            for row in found
        ],
    }


def _detail(part: Detail) -> dict[str, str]:
    return {
        "item": f"{part.note or _name(part.item)}{TEST_MARK if part.for_test else ''}",
        "carrier": DeliveryCarrier.label_of(part.carrier) if part.carrier else "",
        "segments": f"{part.segments}通" if part.segments else "",
        "quantity": yen(part.quantity),
        "unit_price": yen(part.unit_price),
        "amount": yen(part.amount),
    }


def _name(item: str) -> str:
    if item == OTHER:
        return LineKind.ONE_OFF.label
    known = PriceItem(item)
    return SHORT_NAMES[known] if known in DELIVERY_ITEMS else known.label


def _rate(rate: str) -> str:
    return f"軽減 {rate}%" if Decimal(rate) == REDUCED_RATE else f"{rate}%"


def _taxed(rate: str) -> str:
    if not Decimal(rate):
        return "不課税・非課税"
    return f"{rate}%対象{'（軽減税率）' if Decimal(rate) == REDUCED_RATE else ''}"


def _payment(content: Content) -> dict[str, Any]:
    """How it is paid, as a title, the lines to copy and the sentence behind them."""
    if content["total"] == 0:
        return _says("今回お支払いいただく金額はありません。")
    if content["total"] < 0:
        return _says(
            "今回のご請求額は差引きマイナスのため、お支払いは不要です。差額のお取り扱いは別途ご連絡いたします。"
        )
    match PaymentMethod(content["payment"]["method"]):
        case PaymentMethod.INVOICE:
            lines = content["payment"]["transfer_account"]
            return _says(
                "お支払期日までに、上記の口座へお振り込みください。", "請求書払い（お振込み）", lines
            )
        case PaymentMethod.DIRECT_DEBIT:
            return _says(
                "お支払期日に、ご登録の口座から振り替えます。前営業日までに残高をご確認ください。", "口座振替"
            )
        case _:
            return _says("お支払い方法は、別途お打ち合わせのとおりです。", PaymentMethod.OTHER.label)


def _says(sentence: str, method: str = "お支払い不要", lines: Sequence[str] = ()) -> dict[str, Any]:
    return {"method": method, "lines": list(lines), "sentence": sentence}
