"""Choosing a plan: the five explained, the options each may have, and what the choice entails (§1.1, §1.6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.rules.plans import OPTION_FUNCTION, Channel, DeliveryMethod, Option, Plan
from applications.rules.documents import When, required_documents
from applications.rules.evaluation import IMAGE_SLOTS, choice_faults
from applications.rules.forms import form_for_plan
from applications.rules.forms.sheets.application import OPTION_HELP
from applications.rules.lead_time import new_contract_days
from applications.services.clock import lead_times
from kmc_portal.portal.forms import ChoiceForm

PLAN_WORDS: dict[Plan, str] = {
    Plan.SMS: "携帯電話番号あてにSMSを送ります。公式アカウントの審査はありません。",
    Plan.PLUS: "+メッセージの公式アカウントから、画像やボタンのあるメッセージを送ります。",
    Plan.SMS_PLUS: "SMSと、+メッセージの公式アカウントの両方から送ります。",
    Plan.PLUS_RCS: "+メッセージとRCSの公式アカウントから送ります。",
    Plan.SMS_PLUS_RCS: "SMS、+メッセージ、RCSをすべて使えます。",
}
METHOD_WORDS: dict[DeliveryMethod, str] = {
    DeliveryMethod.API: "貴社のシステムからAPIで配信します。固定のグローバルIPアドレスが必要です。",
    DeliveryMethod.PORTAL: "この窓口ではお受けしていません。担当営業までご連絡ください。",
}
OPTION_WORDS: dict[Option, str] = {
    **OPTION_HELP,
    Option.SMS_RESULT_NOTIFICATION: "SMSの配信結果を貴社サーバーへ通知します。別紙のご提出と疎通確認があります。",
}


@dataclass(frozen=True)
class Line:
    """One radio button or check box."""

    value: str
    label: str
    text: str
    chosen: bool


def choice_context(form: ChoiceForm, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """For the templates: the lines to tick, and what the choice so far entails. `chosen` may be a QueryDict."""
    plan = _member(Plan, chosen.get("plan"))
    method = _member(DeliveryMethod, chosen.get("delivery_method")) or DeliveryMethod.API
    codes = chosen.getlist("options") if isinstance(chosen, QueryDict) else chosen.get("options", ())
    options = frozenset(Option(code) for code in codes if code in set(Option))
    return {
        "form": form,
        "plans": [Line(p.value, p.label, PLAN_WORDS[p], p is plan) for p in Plan],
        "methods": [Line(m.value, m.label, METHOD_WORDS[m], m is method) for m in DeliveryMethod],
        "options": [
            Line(option.value, option.label, OPTION_WORDS[option], option in options)
            for option in Option
            if plan is not None and option in plan.options
        ],
        "plan": plan,
        "entails": _entails(plan, options & plan.options) if plan else None,
        "choice_faults": choice_faults(plan, method, frozenset()) if plan else [],
    }


def _entails(plan: Plan, options: frozenset[Option]) -> dict[str, Any]:
    rows = required_documents(
        plan,
        sms_result_notification=Option.SMS_RESULT_NOTIFICATION in options,
        store_display=Option.STORE_DISPLAY in options,
    )
    days = new_contract_days(plan, sorted(options), lead_times())
    form = form_for_plan(plan)
    return {
        "now": [row for row in rows if row.when == When.CONTRACT],
        "later": [row for row in rows if row.when == When.START_OF_USE],
        "images": [name for channel, name in IMAGE_SLOTS.values() if channel in plan.channels],
        "form": form,
        "functions": [
            OPTION_FUNCTION[option].label for option in Option if option in options & OPTION_FUNCTION.keys()
        ],
        "carriers": bool(plan.channels & {Channel.PLUS, Channel.RCS}) or Option.SOFTBANK_SENDER in options,
        "test_account": Option.TEST_ACCOUNT in options,
        "days": days,
    }


def _member(kind: Any, value: object) -> Any:
    return kind(value) if value in set(kind) else None
