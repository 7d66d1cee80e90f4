"""Everything of a contract that has periods, as lanes: rows of which one at a time is in force, in words.

A lane of a set (an option, an address, a number) has one value for good: it only begins and ends.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from accounts.models import Contract
from accounts.models.periods import Periodic
from accounts.rules.plans import ContactRole, NotificationFunction, Option
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from billing.models import BillingProfile
from kmc_portal.lib.choices import Labelled

Reads = Callable[[Any], str]
_I = ChangeItem
PLANS = frozenset(PLAN_CHANGES)


class About(Labelled):
    """What a line of the time line is about."""

    CONTRACT = "contract", "契約の開始・終了"
    COMPANY = "company", "企業情報"
    TERMS = "terms", "契約内容"
    OPTIONS = "options", "オプション"
    GLOBAL_IPS = "global_ips", "グローバルIPアドレス"
    SENDERS = "senders", "SMS送信元表示番号"
    CONTACTS = "contacts", "担当者"
    ACCOUNTS = "accounts", "公式アカウント"
    ENDPOINTS = "endpoints", "通知先"
    BILLING = "billing", "請求先"
    PRICES = "prices", "契約の料金表"
    NOTICES = "notices", "アカウント通知書"


@dataclass(frozen=True)
class Line:
    """One thing that is new. `label` "": the thing as a whole; `old` "": it begins; `new` "": it ends."""

    label: str
    old: str
    new: str


OF_THE_STAFF = frozenset({About.PRICES})  # not for the customer's own page


@dataclass(frozen=True)
class Lane:
    """`rows` by period; `items`: the changes that may bring a new row (§2.1b); `fields`: what is compared.

    `concerns` tells on which days the lane is the contract's at all: another contract's payer is not.
    """

    about: About
    title: str
    rows: tuple[Periodic, ...]
    items: frozenset[ChangeItem]
    reads: Reads
    fields: tuple[str, ...] = ()
    concerns: Callable[[datetime.date], bool] | None = None

    def on(self, day: datetime.date) -> Periodic | None:
        return next((row for row in self.rows if _holds(row, day)), None)

    def turns(self) -> list[datetime.date]:
        """The days on which something begins or ends."""
        days = {row.since for row in self.rows}
        days |= {row.period.upper for row in self.rows if row.period.upper}
        return sorted(day for day in days if self.concerns is None or self.concerns(day))

    def lines(self, day: datetime.date) -> tuple[Line, ...]:
        """What is new on `day`, field by field; () where nothing differs from the day before."""
        before, after = self.on(day - datetime.timedelta(days=1)), self.on(day)
        if before is None or after is None:
            old = self.reads(before) if before else ""
            new = self.reads(after) if after else ""
            return () if old == new else (Line("", old, new),)
        return tuple(line for field in self.fields for line in _difference(field, before, after))


def lanes(contract: Contract) -> list[Lane]:
    """A handful of queries, however long the contract runs."""
    found = [
        _one(About.COMPANY, "企業情報", contract.customer.profiles, {_I.COMPANY}, str, COMPANY_FIELDS),
        _one(
            About.TERMS,
            "契約内容",
            contract.terms.select_related("sales_partner"),
            {_I.PAYMENT_METHOD, _I.USAGE_PURPOSE, *PLANS},
            lambda row: f"{row.get_plan_display()}・{row.get_payment_method_display()}",
            TERMS_FIELDS,
        ),
    ]
    for option, rows in _by(contract.options, lambda row: row.option).items():
        found.append(Lane(About.OPTIONS, "オプション", rows, OPTION_ITEMS[Option(cast(str, option))], str))
    for rows in _by(contract.global_ips, lambda row: row.network).values():
        found.append(
            Lane(About.GLOBAL_IPS, "アクセス可能グローバルIPアドレス", rows, frozenset({_I.GLOBAL_IP}), str)
        )
    for rows in _by(contract.sms_senders, lambda row: (row.kind, row.number)).values():
        found.append(Lane(About.SENDERS, "SMS送信元表示番号", rows, SENDER_ITEMS, _sender))
    for key, rows in _by(contract.contacts, lambda row: (row.role, row.position)).items():
        role = ContactRole(cast(tuple[str, int], key)[0])
        title = f"担当者（{role.label}）"
        found.append(Lane(About.CONTACTS, title, rows, CONTACT_ITEMS[role], _contact, CONTACT_FIELDS))
    for account in contract.official_accounts.filter(production=None).prefetch_related(
        "profiles__icon", "profiles__banner"
    ):
        found.append(
            Lane(
                About.ACCOUNTS,
                f"{account.get_channel_display()}公式アカウント",
                _rows(account.profiles.all()),
                frozenset({_I.OFFICIAL_ACCOUNT, *PLANS}),
                str,
                PROFILE_FIELDS,
            )
        )
    for key, rows in _by(contract.endpoints, lambda row: (row.function, row.channel, row.for_test)).items():
        function = NotificationFunction(cast(tuple[str, str, bool], key)[0])
        found.append(
            Lane(About.ENDPOINTS, f"通知先（{rows[0]}）", rows, ENDPOINT_ITEMS[function], _url, ("url",))
        )
    return [lane for lane in [*found, *_billing(contract)] if lane.rows]


def _billing(contract: Contract) -> list[Lane]:
    assigned = contract.billing_assignments.select_related(  # type: ignore[attr-defined]
        "account__customer", "account__sales_partner"
    )
    found = [
        _one(
            About.BILLING,
            "請求先",
            assigned,
            {_I.BILLING_DETAILS},
            lambda row: str(row.account),
            ("account",),
        )
    ]
    assignments = found[0]
    accounts = {cast(Any, row).account_id for row in assignments.rows}
    profiles = BillingProfile.objects.filter(account__in=accounts).select_related("account")
    for pk, rows in _by(profiles, lambda row: row.account_id).items():
        number = cast(Any, rows[0]).account.number
        found.append(
            Lane(
                About.BILLING,
                f"請求先情報（{number}）",
                rows,
                frozenset({_I.BILLING_DETAILS, _I.PAYMENT_METHOD}),
                _payer,
                BILLING_FIELDS,
                _while_paying(assignments, cast(int, pk)),
            )
        )
    found.append(
        _one(About.PRICES, "契約の料金表", contract.price_lists, set(), str, ("name",))  # type: ignore[attr-defined]
    )
    return found


def _while_paying(assignments: Lane, account: int) -> Callable[[datetime.date], bool]:
    return lambda day: getattr(assignments.on(day), "account_id", None) == account


# words --------------------------------------------------------------------------------------------

COMPANY_FIELDS = ("name", "name_kana", "corporate_number", "postal_code", "address", "representative")
TERMS_FIELDS = (
    "plan",
    "delivery_method",
    "payment_method",
    "sales_partner",
    "usage_purpose",
    "consent_method",
    "monthly_volume",
)
CONTACT_FIELDS = ("name", "name_kana", "department", "email", "phone", "postal_code", "address")
PROFILE_FIELDS = (
    "name",
    "description",
    "color",
    "icon",
    "banner",
    "phone",
    "phone_label",
    "email",
    "email_label",
    "website",
    "website_label",
    "privacy_url",
    "terms_url",
    "use_case",
    "billing_category",
    "behaviour",
)
BILLING_FIELDS = ("name", "department", "postal_code", "address", "email", "payment_method", "rounding")

_URLS = {
    NotificationFunction.SMS_RESULT: _I.SMS_RESULT_URL,
    NotificationFunction.WEBHOOK: _I.WEBHOOK_URL,
    NotificationFunction.SMS_MO: _I.MO_URL,
}
ENDPOINT_ITEMS = {  # two-way SMS brings its URL along
    function: frozenset({item, *PLANS, *({_I.TWO_WAY_SMS} if item is _I.MO_URL else ())})
    for function, item in _URLS.items()
}
SENDER_ITEMS = frozenset(
    {_I.SENDER_NUMBER, _I.SOFTBANK_SENDER, _I.OPTION_050, _I.TWO_WAY_SMS, _I.OPTION_SENDER_NUMBER, *PLANS}
)
# The forms of a change may state any option, so that every change may bring one; but not these.
NO_OPTIONS = frozenset(
    {_I.COMPANY, _I.ACCOUNT_CONTACT, _I.SERVICE_CONTACT, _I.BILLING_DETAILS, _I.PAYMENT_METHOD}
)
OPTION_ITEMS = {option: frozenset(ChangeItem) - NO_OPTIONS for option in Option}
CONTACT_ITEMS = {
    ContactRole.ACCOUNT: frozenset({_I.ACCOUNT_CONTACT}),
    ContactRole.SERVICE: frozenset({_I.SERVICE_CONTACT}),
    ContactRole.BILLING: frozenset({_I.BILLING_DETAILS}),
    ContactRole.APPLICANT: frozenset[ChangeItem](),
}


def _sender(row: Any) -> str:
    return f"{row.number}（{row.get_kind_display()}）"


def _contact(row: Any) -> str:
    return " ".join(filter(None, [row.name, row.email, row.phone]))


def _url(row: Any) -> str:
    return str(row.url)


def _payer(row: Any) -> str:
    return f"{row.name}・{row.get_payment_method_display()}"


def _difference(field: str, before: Any, after: Any) -> Iterable[Line]:
    """One line of a field that differs; of several answers in one field (動作・メニューボタン) a line each."""
    model_field = before._meta.get_field(field)
    old, new = getattr(before, model_field.attname), getattr(after, model_field.attname)
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if old.get(key) != new.get(key):
                yield Line(str(key), _plain(old.get(key)), _plain(new.get(key)))
        return
    yield Line(str(model_field.verbose_name), _shown(before, model_field), _shown(after, model_field))


def _shown(row: Any, field: Any) -> str:
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    return _plain(getattr(row, field.name))


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "（なし）"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return "、".join(str(one) for one in value)
    return str(value)


# pieces -------------------------------------------------------------------------------------------


def _one(
    about: About, title: str, rows: Any, items: set[ChangeItem], reads: Reads, fields: tuple[str, ...]
) -> Lane:
    return Lane(about, title, _rows(rows.all()), frozenset(items), reads, fields)


def _by(rows: Any, key: Callable[[Any], Hashable]) -> dict[Hashable, tuple[Periodic, ...]]:
    grouped: dict[Hashable, list[Periodic]] = defaultdict(list)
    for row in _rows(rows.all()):
        grouped[key(row)].append(row)
    return {name: tuple(found) for name, found in grouped.items()}


def _rows(rows: Iterable[Periodic]) -> tuple[Periodic, ...]:
    """Those in force on any day, by period."""
    return tuple(sorted((row for row in rows if not row.period.isempty), key=lambda row: row.since))


def _holds(row: Periodic, day: datetime.date) -> bool:
    return row.since <= day and (row.until is None or day <= row.until)
