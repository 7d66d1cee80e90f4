"""What `manage.py rule` answers: one table of rules with their arguments as text, result and reasons.

Needs neither database nor settings: settings come as data, and `because` says where a default was used.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.rules.global_ip import WIDEST_V4, WIDEST_V6, check_global_ip
from accounts.rules.notification_url import check_notification_url
from accounts.rules.plans import Plan
from applications.rules.cancellation import cancellation
from applications.rules.changes import ChangeItem
from applications.rules.documents import required_documents
from applications.rules.lead_time import change_lead_time
from billing.rules.carriers import DeliveryCarrier
from billing.rules.dates import billing_dates
from billing.rules.segments import charged_segments, why
from billing.rules.tax import Rounding, tax_by_rate
from kmc_portal.lib.business_days import BANK, OFFICE, Calendar, CalendarName, japanese_date
from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.months import Month

_OFFICE_DEFAULT = "営業日は土日、祝日、会社休業日（既定値: 12月29日～1月3日）を除いた日です。"
_BANK_DAYS = "銀行営業日は土日、祝日、12月31日～1月3日を除いた日です。"
_LONGEST_SHOWN = 60


class BadArguments(ValueError):
    """The message is one Japanese line that names the argument."""


@dataclass(frozen=True)
class Answer:
    """`result` holds JSON values only."""

    result: Any
    guide: str
    because: list[str]

    def as_json(self) -> dict[str, Any]:
        return {"result": self.result, "guide": self.guide, "because": self.because}


@dataclass(frozen=True)
class Rule:
    """`arguments`: name → reader of its text, which raises ValueError with a Japanese reason."""

    arguments: Mapping[str, Callable[[str], Any]]
    answer: Callable[..., Answer]


def explain(name: str, arguments: Mapping[str, str]) -> Answer:
    """The answer of one rule; BadArguments for an unknown rule and for any argument at fault."""
    rule = RULES.get(name)
    if rule is None:
        raise BadArguments(f"規則「{shown(name)}」はありません。使える規則: {'、'.join(RULES)}")
    for key in arguments:
        if key not in rule.arguments:
            raise BadArguments(
                f"{name}に引数「{shown(key)}」はありません。使える引数: {'、'.join(rule.arguments)}"
            )
    values = {}
    for key, reader in rule.arguments.items():
        if key not in arguments:
            raise BadArguments(f"{name}には引数「{key}」が必要です。")
        text = arguments[key]
        if not text.strip():
            raise BadArguments(f"{name}の引数「{key}」が空です。")
        try:
            values[key] = reader(text)
        except ValueError as fault:
            raise BadArguments(f"{name}の引数「{key}」: {fault}") from fault
    try:
        return rule.answer(**values)
    except ValueError as fault:
        raise BadArguments(f"{name}: {fault}") from fault


def shown(text: str) -> str:
    """A value as it may stand in one line of a message."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}…"


# readers


def _code_of(choices: type[Labelled]) -> Callable[[str], Any]:
    def read(text: str) -> Labelled:
        if text not in choices.__members__.values():
            codes = "、".join(choices)
            raise ValueError(f"「{shown(text)}」は使えません。次のいずれかを指定してください: {codes}")
        return choices(text)

    return read


def _codes_of(choices: type[Labelled]) -> Callable[[str], Any]:
    read_one = _code_of(choices)

    def read(text: str) -> list[Any]:
        return [read_one(part.strip()) for part in text.split(",")]

    return read


def _date(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        raise ValueError(f"「{shown(text)}」は日付ではありません。2026-01-09 の形で指定してください。")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"「{text}」という日はありません。") from None


def _count(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,5}", text) is None or int(text) < 1:
        raise ValueError(f"「{shown(text)}」は使えません。1以上の整数を指定してください。")
    return int(text)


def _yes_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"「{shown(text)}」は使えません。yes か no を指定してください。")
    return text == "yes"


def _length(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text) is None:
        raise ValueError(f"「{shown(text)}」は使えません。文字数を0以上の整数で指定してください。")
    return int(text)


def _month(text: str) -> Month:
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) is None:
        raise ValueError(f"「{shown(text)}」は年月ではありません。2026-09 の形で指定してください。")
    return Month.parse(text)


def _amounts(text: str) -> list[int]:
    """Net yen, negative ones for reductions."""
    found = []
    for part in text.split(","):
        if re.fullmatch(r"-?[0-9]{1,15}", part.strip()) is None:
            raise ValueError(
                f"「{shown(part)}」は金額ではありません。円単位の整数をカンマで区切って指定してください。"
            )
        found.append(int(part))
    return found


def _percent(text: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2})?", text) is None:
        raise ValueError(f"「{shown(text)}」は税率ではありません。10 のように百分率で指定してください。")
    return Decimal(text)


def _calendar(text: str) -> Calendar:
    name: CalendarName = _code_of(CalendarName)(text)
    return {CalendarName.OFFICE: OFFICE, CalendarName.BANK: BANK}[name]


# answers


def _documents(plan: Plan, sms_result_notification: bool, store_display: bool) -> Answer:
    documents = required_documents(
        plan, sms_result_notification=sms_result_notification, store_display=store_display
    )
    return Answer(
        [{"code": str(document.code), "when": str(document.when)} for document in documents],
        "§1.6",
        [document.because for document in documents],
    )


def _lead_time(items: list[ChangeItem], accepted: date) -> Answer:
    found = change_lead_time(items, accepted)
    return Answer(
        {
            "counts_from": found.counts_from.isoformat(),
            "earliest": found.earliest and found.earliest.isoformat(),
            "latest": found.latest and found.latest.isoformat(),
            "applies_from_month": found.applies_from_month and str(found.applies_from_month),
            "driven_by": {
                "earliest": [str(item) for item in found.earliest_by],
                "latest": [str(item) for item in found.latest_by],
            },
        },
        "§2.1",
        [*found.because, _OFFICE_DEFAULT],
    )


def _cancellation(applied: date) -> Answer:
    found = cancellation(applied)
    return Answer(
        {
            "cut_off": found.cut_off.isoformat(),
            "effective_month": str(found.effective_month),
            "last_month": str(found.last_month),
        },
        "§3.2",
        [*found.because, _OFFICE_DEFAULT],
    )


def _business_day(after: date, days: int, calendar: Calendar) -> Answer:
    first = calendar.next_business_day(after)
    found = calendar.add_business_days(after, days)
    because = [
        f"{japanese_date(after)}の翌営業日の{japanese_date(first)}が1営業日目です。",
        f"{days}営業日目は{japanese_date(found)}です。",
        _BANK_DAYS if calendar.name is CalendarName.BANK else _OFFICE_DEFAULT,
    ]
    if calendar.is_forecast(found):
        because.append(f"{found.year}年の祝日は公表前の予測です。")
    return Answer(found.isoformat(), "§5.1" if calendar.name is CalendarName.BANK else "§2.1", because)


def _global_ip(value: str) -> Answer:
    verdict = check_global_ip(value)
    said = verdict.message or f"{verdict.value}は登録できるグローバルIPアドレスです。"
    return Answer(
        {"allowed": verdict.allowed, "reason": verdict.reason and str(verdict.reason)},
        "§1.2",
        [said, f"範囲の上限は既定値（IPv4は/{WIDEST_V4}、IPv6は/{WIDEST_V6}）を使いました。"],
    )


def _notification_url(url: str) -> Answer:
    verdict = check_notification_url(url)
    said = verdict.message or f"{verdict.host}への通知先として、接続する前に分かる問題はありません。"
    return Answer(
        {"allowed": verdict.allowed, "reason": verdict.reason},
        "§1.9",
        [said, "httpsのみを認める既定値を使いました。"],
    )


def _billing_dates(month: Month) -> Answer:
    found = billing_dates(month)
    because = [*found.because, _OFFICE_DEFAULT, _BANK_DAYS]
    if OFFICE.is_forecast(found.due_on):
        because.append(f"{found.due_on.year}年の祝日は公表前の予測です。")
    return Answer(
        {
            "settled_on": found.settled_on.isoformat(),
            "send_on": found.send_on.isoformat(),
            "due_on": found.due_on.isoformat(),
        },
        "§5.1",
        because,
    )


def _segments(carrier: DeliveryCarrier, chars: int) -> Answer:
    charged = charged_segments(carrier, chars)
    return Answer(
        {"charged": charged},
        "§5.2",
        [why(carrier, charged), "文字数は、改行をLFにそろえた後のUTF-16の単位で数えます。"],
    )


def _invoice_tax(amounts: list[int], rate: Decimal, rounding: Rounding) -> Answer:
    [found] = tax_by_rate(((rate, amount) for amount in amounts), rounding)
    exact = Decimal(found.net) * rate / 100
    return Answer(
        {"net": found.net, "tax": found.tax, "total": found.total},
        "§5.1",
        [
            f"税率{rate:f}%の{len(amounts)}件の合計は{found.net:,}円です。",
            f"消費税は合計に一度だけ計算します：{exact.normalize():,f}円、端数は{rounding.label}で{found.tax:,}円です。",
        ],
    )


RULES: dict[str, Rule] = {
    "documents": Rule(
        {"plan": _code_of(Plan), "sms_result_notification": _yes_no, "store_display": _yes_no}, _documents
    ),
    "lead-time": Rule({"items": _codes_of(ChangeItem), "accepted": _date}, _lead_time),
    "cancellation": Rule({"applied": _date}, _cancellation),
    "business-day": Rule({"after": _date, "days": _count, "calendar": _calendar}, _business_day),
    "notification-url": Rule({"url": str}, _notification_url),
    "global-ip": Rule({"value": str}, _global_ip),
    "billing-dates": Rule({"month": _month}, _billing_dates),
    "segments": Rule({"carrier": _code_of(DeliveryCarrier), "chars": _length}, _segments),
    "invoice-tax": Rule(
        {"amounts": _amounts, "rate": _percent, "rounding": _code_of(Rounding)}, _invoice_tax
    ),
}
