"""Filled-in workbooks of changes and cancellations, for the demonstration and the tests; everything is invented."""

from collections.abc import Collection, Mapping
from datetime import date

from accounts.rules.plans import PaymentMethod, Plan
from applications.gateways.workbooks.samples import (
    COMPANY,
    SAMPLE_DAY,
    sample_values,
    sms_result_values,
)
from applications.gateways.workbooks.writing import write_form
from applications.rules.change_evaluation import change_forms, is_sms_result_new
from applications.rules.change_keys import item_of, plan_change_of
from applications.rules.change_prefill import change_values
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from applications.rules.evaluation import SMS_RESULT_FORM
from applications.rules.forms.description import Form, Value

_I = ChangeItem
SAMPLE_NUMBER = "KMC-0000001"
NOT_REGISTERED = ("applied_on", "desired_start_on", "network.", "check.", "plan_table.")

# What a customer might ask for, by item: only what differs from the samples of new contracts.
NEW_VALUES: dict[ChangeItem, dict[str, Value]] = {
    _I.COMPANY: {
        "company.address": "東京都見本区見本4-5-6",
        "company.representative": "代表取締役 見本 次子",
    },
    _I.ACCOUNT_CONTACT: {
        "account_contact.name": "例示 四郎",
        "account_contact.name_kana": "レイジ シロウ",
        "account_contact.email": "shiro@travel.example.jp",
    },
    _I.SERVICE_CONTACT: {"service_contact.phone": "050-0000-1236"},
    _I.BILLING_DETAILS: {"billing_contact.department": "経理部 請求グループ"},
    _I.PAYMENT_METHOD: {"payment_method": PaymentMethod.DIRECT_DEBIT.value},
    _I.USAGE_PURPOSE: {"usage.monthly_volume": 30000},
    _I.GLOBAL_IP: {"global_ips": ["52.192.0.10", "52.192.2.0/28"], "network.static_declared": True},
    _I.SMS_RESULT_URL: {
        "option.sms_result_notification": True,
        "result.url": "https://sms.travel.example.jp/result/v2",
    },
    _I.WEBHOOK_URL: {"option.webhook": True, "plus.webhook_url": "https://hooks.travel.example.jp/plus/v2"},
    _I.SENDER_NUMBER: {"sms.sender_numbers": ["0120000123", "0120000124"]},
    _I.SOFTBANK_SENDER: {"option.softbank_sender": True, "sms.softbank_sender": "21234"},
    _I.OFFICIAL_ACCOUNT: {"plus.description": "ご予約の確認と、出発前日・当日のお知らせをお届けします。"},
    _I.OPTION_050: {"option.option_050": True},
    _I.TWO_WAY_SMS: {"option.two_way_sms": True, "sms.mo_url": "https://sms.travel.example.jp/mo"},
    _I.OPTION_SENDER_NUMBER: {"sms.common_number_wish": "下4桁が続き番号のものを希望します。"},
    _I.MO_URL: {"sms.mo_url": "https://sms.travel.example.jp/mo/v2"},
}


def registered_sample(plan: Plan | str, *, company: str = COMPANY) -> dict[str, Value]:
    """What stands registered for the sample of this plan, by the forms' keys."""
    known = sample_values(plan, company=company)
    values = {key: value for key, value in known.items() if not key.startswith(NOT_REGISTERED)}
    if values.get("option.sms_result_notification"):
        values["result.url"] = "https://sms.travel.example.jp/result"
    return values


def change_sample_values(
    form: Form,
    plan: Plan,
    items: Collection[ChangeItem],
    registered: Mapping[str, Value],
    *,
    contract_number: str = SAMPLE_NUMBER,
    company: str = COMPANY,
    on: date = SAMPLE_DAY,
) -> tuple[dict[str, Value], dict[str, Value]]:
    """(values, before): the form as handed out, with the new values of its items filled in."""
    values, before = change_values(
        form,
        plan=plan,
        items=items,
        registered=registered,
        contract_number=contract_number,
        company=company,
        day=on,
    )
    plan_change = plan_change_of(items)
    if plan_change is not None:
        target = sample_values(PLAN_CHANGES[plan_change][1], on=on, company=company)
        values |= {
            key: value
            for key, value in target.items()
            if item_of(key, plan_change) is plan_change or key.startswith(("check.", "plan_table."))
        }
        if values.get("option.sms_result_notification") and "result.url" not in values:
            values["result.url"] = "https://sms.travel.example.jp/result"
    for item in ChangeItem:
        if item in items:
            values |= NEW_VALUES.get(item, {})
    return {key: value for key, value in values.items() if key in form.fields}, before


def write_change_sample(
    plan: Plan | str,
    items: Collection[ChangeItem],
    registered: Mapping[str, Value] | None = None,
    *,
    good: bool = True,
    contract_number: str = SAMPLE_NUMBER,
    company: str = COMPANY,
    on: date = SAMPLE_DAY,
) -> dict[str, bytes]:
    """The workbooks of a change by slot, with the 別紙 where it is needed.

    A faulty one declares its first item but leaves it as it is, and changes another without declaring it.
    """
    own = Plan(plan)
    known = registered_sample(own, company=company) if registered is None else registered
    written: dict[str, bytes] = {}
    answers: dict[str, Value] = {}
    for slot, form in change_forms(own, items).items():
        values, before = change_sample_values(
            form, own, items, known, contract_number=contract_number, company=company, on=on
        )
        if not good:
            values = _with_slips(form, values, before, items)
        written[slot] = write_form(form.code, values, before=before)
        answers |= values
    if is_sms_result_new(items, answers, known):
        annex = sms_result_values(on=on, company=company)
        for key in ("result.url", "result.test_url"):
            annex.pop(key, None)
            if key in answers:
                annex[key] = answers[key]
        written[SMS_RESULT_FORM] = write_form("sms_result_destination", annex)
    return written


def _with_slips(
    form: Form, values: dict[str, Value], before: Mapping[str, Value], items: Collection[ChangeItem]
) -> dict[str, Value]:
    here = [item for item in ChangeItem if item in items and item in NEW_VALUES and _has(form, item)]
    faulty = dict(values)
    for key in NEW_VALUES[here[0]] if here else ():
        faulty.pop(key, None)
        if key in before:
            faulty[key] = before[key]
    other = next(
        item
        for item in NEW_VALUES
        if item not in items and _has(form, item) and not item.value.startswith("option")
    )
    return faulty | {key: value for key, value in NEW_VALUES[other].items() if key in form.fields}


def _has(form: Form, item: ChangeItem) -> bool:
    return set(NEW_VALUES[item]) <= form.fields.keys()


def cancellation_values(
    *, contract_number: str = SAMPLE_NUMBER, company: str = COMPANY, on: date = SAMPLE_DAY
) -> dict[str, Value]:
    people = {key: value for key, value in sample_values(Plan.SMS).items() if key.startswith("applicant.")}
    return {
        "applied_on": on,
        "contract.number": contract_number,
        "contract.company_name": company,
        **people,
        "cancel.last_month_wish": "できるだけ早く",
        "cancel.reason": "配信の業務を終えるため",
        "cancel.understood_fee": True,
        "cancel.understood_end": True,
    }


def write_cancellation_sample(
    good: bool = True,
    *,
    contract_number: str = SAMPLE_NUMBER,
    company: str = COMPANY,
    on: date = SAMPLE_DAY,
) -> bytes:
    values = cancellation_values(contract_number=contract_number, company=company, on=on)
    if not good:
        values["cancel.understood_fee"] = False
        del values["applicant.phone"]
    return write_form("cancellation", values)
