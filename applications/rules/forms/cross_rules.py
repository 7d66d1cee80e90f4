"""What must hold between the answers of a form, one row each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from accounts.rules.global_ip import IpReason, check_list
from accounts.rules.official_account import RCS_LIMITS, Profile, contact_fault, name_fault
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.rules.sender_numbers import OPTION_FOR_KIND, check_sender_number
from applications.rules.forms.checks import OWN_SENDER_KINDS, FormLimits
from applications.rules.forms.conditions import asks_for, option_key
from applications.rules.forms.description import Form, Values
from applications.rules.forms.faults import Severity
from kmc_portal.lib.text import same_name

BUTTONS = (1, 2, 3)

Found = Iterator[tuple[str, str]]  # key (of a row: key.n), message


@dataclass(frozen=True)
class CrossRule:
    """Asked only where the form has all of `reads`, they are answered and they count.

    `looks_at` names optional answers; a fault in one of those, too, keeps the rule quiet.
    A fault in one row of `lists` does not: the other rows can still be judged.
    """

    code: str
    guide: str
    reads: tuple[str, ...]
    find: Callable[[Form, Values, FormLimits], Found]
    severity: Severity = "blocking"
    looks_at: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


def _plan(form: Form, values: Values, limits: FormLimits) -> Found:
    plan = Plan(_text(values, "plan"))
    if plan not in form.plans:
        own = "、".join(f"「{choice.label}」" for choice in form.plans)
        yield (
            "plan",
            f"「{plan.label}」はこの申込書ではお申し込みいただけません。"
            f"{own}を選ぶか、そのプラン用の申込書をお使いください。",
        )


def _delivery(form: Form, values: Values, limits: FormLimits) -> Found:
    if values["delivery_method"] == DeliveryMethod.PORTAL:
        yield (
            "delivery_method",
            "入稿ポータルでのお申し込みは、この窓口では受け付けていません。"
            "「API利用」を選ぶか、営業担当へご相談ください。",
        )


def _start(form: Form, values: Values, limits: FormLimits) -> Found:
    if _day(values, "desired_start_on") <= _day(values, "applied_on"):
        yield (
            "desired_start_on",
            "利用開始希望日が申込日以前になっています。申込日より後の日付をご記入ください。",
        )


def _consenting_company(form: Form, values: Values, limits: FormLimits) -> Found:
    company, consenting = _text(values, "company.name"), _text(values, "plan_table.company_name")
    if not same_name(company, consenting):
        yield (
            "plan_table.company_name",
            f"契約法人名（{consenting}）が、サービス利用申込書の企業名（{company}）と違います。"
            "同じ名称に揃えてください。",
        )


def _consenting_contractor(form: Form, values: Values, limits: FormLimits) -> Found:
    company, consenting = _text(values, "contract.company_name"), _text(values, "plan_table.company_name")
    if not same_name(company, consenting):
        yield (
            "plan_table.company_name",
            f"契約法人名（{consenting}）が、アカウントパラメータ変更申込書の企業名（{company}）と違います。"
            "同じ名称に揃えてください。",
        )


def _addresses_together(form: Form, values: Values, limits: FormLimits) -> Found:
    verdicts = check_list(_list(values, "global_ips"), widest_v4=limits.widest_v4, widest_v6=limits.widest_v6)
    for number, verdict in enumerate(verdicts, start=1):
        if verdict.reason in (IpReason.DUPLICATE, IpReason.OVERLAP):
            yield f"global_ips.{number}", verdict.message


def _repeated_senders(form: Form, values: Values, limits: FormLimits) -> Found:
    numbers = _list(values, "sms.sender_numbers")
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            yield (
                f"sms.sender_numbers.{index + 1}",
                f"{number}は上の行と重複しています。どちらかを消してください。",
            )


def _senders_of_options(form: Form, values: Values, limits: FormLimits) -> Found:
    for index, number in enumerate(_list(values, "sms.sender_numbers"), start=1):
        verdict = check_sender_number(number, kinds=OWN_SENDER_KINDS)
        option = OPTION_FOR_KIND.get(verdict.kind) if verdict.kind is not None else None
        if verdict.kind is not None and option is not None and not asks_for(values, option):
            yield (
                f"sms.sender_numbers.{index}",
                f"{number}は{verdict.kind.label}です。{form.slot_of(option_key(option)).sheet.title}の"
                f"「{option.label}」を「利用する」にするか、"
                "ほかの番号をご記入ください。",
            )


def _plus_name(form: Form, values: Values, limits: FormLimits) -> Found:
    test = asks_for(values, Option.TEST_ACCOUNT)
    if fault := name_fault(_text(values, "plus.nickname"), limits.plus, with_test_account=test):
        yield "plus.nickname", fault.message


def _plus_description(form: Form, values: Values, limits: FormLimits) -> Found:
    length, most = len(_text(values, "plus.description")), limits.plus.description
    if length > most:
        yield "plus.description", f"{most}文字以内でご記入ください（いまは{length}文字です）。"


def _rcs_name(form: Form, values: Values, limits: FormLimits) -> Found:
    test = asks_for(values, Option.TEST_ACCOUNT)
    if fault := name_fault(_text(values, "rcs.display_name"), RCS_LIMITS, with_test_account=test):
        yield "rcs.display_name", fault.message


def _rcs_contact(form: Form, values: Values, limits: FormLimits) -> Found:
    profile = Profile(
        name=_text(values, "rcs.display_name"),
        description="",
        phone=_text(values, "rcs.phone"),
        email=_text(values, "rcs.email"),
        website=_text(values, "rcs.website"),
    )
    if fault := contact_fault(profile):
        yield "rcs.phone", fault.message


def _pairs_of_buttons(form: Form, values: Values, limits: FormLimits) -> Found:
    for number in BUTTONS:
        label, url = f"plus.menu_{number}_label", f"plus.menu_{number}_url"
        if _text(values, label) and not _text(values, url):
            yield url, "ボタンの表示名だけが記入されています。開くURLもご記入ください。"
        if _text(values, url) and not _text(values, label):
            yield label, "URLだけが記入されています。ボタンの表示名もご記入ください。"


def _same_test_url(form: Form, values: Values, limits: FormLimits) -> Found:
    if values["result.url"] == values["result.test_url"]:
        yield "result.test_url", "商用と同じURLです。同じでよい場合は空欄のままで構いません。"


RCS_CONTACTS = ("rcs.phone", "rcs.email", "rcs.website")
BUTTON_KEYS = tuple(f"plus.menu_{n}_{part}" for n in BUTTONS for part in ("label", "url"))

CROSS_RULES: tuple[CrossRule, ...] = (
    CrossRule("plan_not_of_form", "§1.6", ("plan",), _plan),
    CrossRule("delivery_portal", "§1.1", ("delivery_method",), _delivery),
    CrossRule("start_before_application", "§1.3", ("applied_on", "desired_start_on"), _start),
    CrossRule("company_differs", "§1.6", ("company.name", "plan_table.company_name"), _consenting_company),
    CrossRule(
        "company_differs",
        "§2.1b",
        ("contract.company_name", "plan_table.company_name"),
        _consenting_contractor,
    ),
    CrossRule("ip_repeated", "§1.2", ("global_ips",), _addresses_together, lists=("global_ips",)),
    CrossRule(
        "sender_repeated", "§2.1b", ("sms.sender_numbers",), _repeated_senders, lists=("sms.sender_numbers",)
    ),
    CrossRule(
        "sender_without_option",
        "§2.1b",
        ("sms.sender_numbers", option_key(Option.TWO_WAY_SMS), option_key(Option.NUMBER_050)),
        _senders_of_options,
        lists=("sms.sender_numbers",),
    ),
    CrossRule("nickname_too_long", "§2.0", ("plus.nickname", option_key(Option.TEST_ACCOUNT)), _plus_name),
    CrossRule("too_long", "§2.1b", ("plus.description",), _plus_description),
    CrossRule(
        "display_name_too_long", "§2.1a", ("rcs.display_name", option_key(Option.TEST_ACCOUNT)), _rcs_name
    ),
    CrossRule("no_contact", "§1.5", ("rcs.display_name",), _rcs_contact, looks_at=RCS_CONTACTS),
    CrossRule("button_half", "§2.1b", ("plus.menu_used",), _pairs_of_buttons, looks_at=BUTTON_KEYS),
    CrossRule("same_test_url", "§1.7", ("result.url", "result.test_url"), _same_test_url, "warning"),
)


def _text(values: Values, key: str) -> str:
    return str(values.get(key, ""))


def _list(values: Values, key: str) -> list[str]:
    value = values[key]
    assert isinstance(value, list)
    return value


def _day(values: Values, key: str) -> date:
    value = values[key]
    assert isinstance(value, date)
    return value
