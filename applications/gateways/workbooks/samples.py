"""Filled-in sample workbooks, one good and one faulty per plan, for the demonstration and the tests.

Everybody in them is invented; domains are reserved and phone numbers fictional.
"""

from datetime import date, timedelta

from accounts.rules.official_account import BillingCategory, UseCase
from accounts.rules.plans import Channel, DeliveryMethod, Option, PaymentMethod, Plan
from applications.gateways.workbooks.writing import write_form
from applications.rules.forms.catalogue import FORMS, form_for_plan
from applications.rules.forms.conditions import option_key
from applications.rules.forms.description import Kind, Value

SAMPLE_DAY = date(2026, 11, 24)

COMPANY = "株式会社見本トラベル"

CONTACTS: dict[str, tuple[str, str, str, str, str]] = {
    "applicant": (
        "見本 花子",
        "ミホン ハナコ",
        "営業企画部 主任",
        "hanako@travel.example.jp",
        "03-0000-1234",
    ),
    "account_contact": (
        "例示 次郎",
        "レイジ ジロウ",
        "情報システム部",
        "jiro@travel.example.jp",
        "03-0000-1235",
    ),
    "service_contact": (
        "運用 窓口",
        "ウンヨウ マドグチ",
        "運用チーム",
        "ops@travel.example.jp",
        "03-0000-1236",
    ),
    "billing_contact": ("経理 三郎", "ケイリ サブロウ", "経理部", "keiri@travel.example.jp", "03-0000-1237"),
}

SMS_VALUES: dict[str, Value] = {
    "sms.sender_numbers": ["0120000123", "0300001234"],
    "option.sms_result_notification": True,
}
PLUS_VALUES: dict[str, Value] = {
    "plus.nickname": "見本トラベル",
    "plus.icon_file": "icon.png",
    "plus.description": "ご予約の確認と、出発前日のお知らせをお届けします。",
    "plus.website_url": "https://www.travel.example.jp/",
    "plus.phone": "03-0000-1240",
    "plus.email": "info@travel.example.jp",
    "plus.business_hours": "平日 9:00～17:30",
    "plus.accepts_replies": True,
    "plus.auto_reply": True,
    "plus.auto_reply_text": "メッセージありがとうございます。担当者より翌営業日までにお返事します。",
    "plus.webhook_url": "https://hooks.travel.example.jp/plus",
    "plus.test_webhook_url": "https://hooks-test.travel.example.jp/plus",
    "plus.menu_used": True,
    "plus.menu_1_label": "予約を確認する",
    "plus.menu_1_url": "https://www.travel.example.jp/booking",
}
RCS_VALUES: dict[str, Value] = {
    "rcs.display_name": "見本トラベル",
    "rcs.color": "#1A5FB4",
    "rcs.logo_file": "logo.png",
    "rcs.banner_file": "banner.png",
    "rcs.description": "ご予約の確認と、出発前日のお知らせをお届けします。",
    "rcs.phone": "03-0000-1240",
    "rcs.phone_label": "お客様窓口",
    "rcs.website": "https://www.travel.example.jp/",
    "rcs.website_label": "公式サイト",
    "rcs.privacy_url": "https://www.travel.example.jp/privacy",
    "rcs.terms_url": "https://www.travel.example.jp/terms",
    "rcs.use_case": UseCase.TRANSACTIONAL.value,
    "rcs.billing_category": BillingCategory.NON_CONVERSATIONAL.value,
    "rcs.webhook_url": "https://hooks.travel.example.jp/rcs",
    "rcs.test_webhook_url": "https://hooks-test.travel.example.jp/rcs",
}
WANTED_OPTIONS = {Option.SMS_RESULT_NOTIFICATION, Option.LONG_SMS, Option.WEBHOOK, Option.TEST_ACCOUNT}


def sample_values(plan: Plan | str, *, on: date = SAMPLE_DAY, company: str = COMPANY) -> dict[str, Value]:
    """A complete and faultless application of this plan, applied for on that day."""
    wanted = Plan(plan)
    form = form_for_plan(wanted)
    values: dict[str, Value] = {
        "applied_on": on,
        "desired_start_on": on + timedelta(days=60),
        "company.name": company,
        "company.name_kana": "カブシキガイシャミホントラベル",
        "company.corporate_number": "8999999000001",  # valid check digit, no registry office 9999
        "company.postal_code": "100-0000",
        "company.address": "東京都見本区見本1-2-3",
        "company.representative": "代表取締役 見本 太郎",
        "billing_contact.postal_code": "100-0000",
        "billing_contact.address": "東京都見本区見本1-2-3 見本ビル4階",
        "payment_method": PaymentMethod.INVOICE.value,
        "plan": wanted.value,
        "delivery_method": DeliveryMethod.API.value,
        "usage.purpose": "旅行の予約確認と、出発前日のお知らせ",
        "usage.consent_method": "会員登録の画面で、配信への同意のチェックをいただく",
        "usage.monthly_volume": 12000,
        "network.static_declared": True,
        "global_ips": ["52.192.0.10", "52.192.1.0/28"],
        "plan_table.company_name": company,
        "plan_table.consented_on": on,
    }
    for prefix, person in CONTACTS.items():
        parts = ("name", "name_kana", "department", "email", "phone")
        values |= {f"{prefix}.{part}": text for part, text in zip(parts, person, strict=True)}
    for channel, more in ((Channel.SMS, SMS_VALUES), (Channel.PLUS, PLUS_VALUES), (Channel.RCS, RCS_VALUES)):
        if channel in wanted.channels:
            values |= more
    for field in form.fields.values():
        if field.key.startswith("check."):
            values[field.key] = True
    for option in wanted.options:
        values[option_key(option)] = option in WANTED_OPTIONS
    return values


def faulty_values(plan: Plan | str, *, on: date = SAMPLE_DAY, company: str = COMPANY) -> dict[str, Value]:
    """The same with slips of every common kind: empty, mistyped, refused, not fitting each other."""
    wanted = Plan(plan)
    values = sample_values(wanted, on=on, company=company)
    values |= {
        "company.name_kana": "株式会社見本トラベル",
        "applicant.email": "hanako＠travel",
        "service_contact.phone": "0000",
        "global_ips": ["192.168.10.5", "52.192.1.0/28", "52.192.1.3"],
        "network.static_declared": False,
        "check.3": False,
        "plan_table.company_name": "見本トラベル販売株式会社",
    }
    del values["usage.consent_method"]
    if Channel.SMS in wanted.channels:
        values["sms.sender_numbers"] = ["09000001234"]
        values["option.softbank_sender"] = True
    if Channel.PLUS in wanted.channels:
        values["plus.webhook_url"] = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/hook"
        values["plus.icon_file"] = "icon.gif"
    if Channel.RCS in wanted.channels:
        values["rcs.color"] = "#FFEE00"
        values["rcs.display_name"] = "見本トラベル" * 7
    return values


def write_sample(
    plan: Plan | str, good: bool = True, *, on: date = SAMPLE_DAY, company: str = COMPANY
) -> bytes:
    """The application workbook of a plan, filled in well or badly."""
    values = (sample_values if good else faulty_values)(plan, on=on, company=company)
    return write_form(form_for_plan(plan).code, values)


def sms_result_values(*, on: date = SAMPLE_DAY, company: str = COMPANY) -> dict[str, Value]:
    """The 別紙 of a server that is not ready yet."""
    return {
        "company.name": company,
        "result.url": "https://sms.travel.example.jp/result",
        "result.contact_email": "ops@travel.example.jp",
        "result.server_ready": False,
        "result.ready_on": on + timedelta(days=14),
    }


def release_values(*, on: date = SAMPLE_DAY, company: str = COMPANY) -> dict[str, Value]:
    checks = [field.key for field in FORMS["release_checklist"].fields.values() if field.kind is Kind.BOOL]
    return {
        "company.name": company,
        "release.account_name": "見本トラベル",
        "release.desired_on": on + timedelta(days=90),
        **dict.fromkeys(checks, True),
    }


def write_sms_result_sample(good: bool = True, *, on: date = SAMPLE_DAY, company: str = COMPANY) -> bytes:
    values = sms_result_values(on=on, company=company)
    if not good:
        del values["result.ready_on"]
        values["result.url"] = "http://203.0.113.5/result"
    return write_form("sms_result_destination", values)


def write_release_sample(good: bool = True, *, on: date = SAMPLE_DAY, company: str = COMPANY) -> bytes:
    values = release_values(on=on, company=company)
    if not good:
        values["release.check.2"] = False
    return write_form("release_checklist", values)
