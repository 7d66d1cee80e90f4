"""All forms by code, which form a plan needs, and where a key stands (§1.6)."""

from accounts.rules.plans import Channel, Plan
from applications.rules.forms.description import Form, Sheet
from applications.rules.forms.sheets.application import application_sheet
from applications.rules.forms.sheets.check_items import RELEASE_SHEET, check_sheet
from applications.rules.forms.sheets.parameters import parameter_sheet
from applications.rules.forms.sheets.plan_table import plan_table_sheet
from applications.rules.forms.sheets.sms_result import SMS_RESULT_SHEET

EDITION = "2.0.1"  # the guide's edition, then ours; raise it with every change of rows, labels or choices

FORM_PLANS: dict[str, tuple[Plan, ...]] = {  # §1.6
    "application_sms": (Plan.SMS,),
    "application_plus": (Plan.PLUS, Plan.SMS_PLUS),
    "application_rcs": (Plan.PLUS_RCS, Plan.SMS_PLUS_RCS),
}
CHANNEL_NAMES = {"application_sms": "SMS", "application_plus": "+メッセージ", "application_rcs": "RCS"}


def application_form(code: str) -> Form:
    plans, name = FORM_PLANS[code], CHANNEL_NAMES[code]
    sheets: tuple[Sheet, ...] = (
        application_sheet(code, plans, name),
        parameter_sheet(plans),
        check_sheet(plans),
        plan_table_sheet(plans),
    )
    return Form(
        code,
        f"サービス利用申込書（APIプラン）_{name}",
        EDITION,
        sheets,
        plans,
        purpose="対象プラン: " + "、".join(plan.label for plan in plans),
    )


SMS_RESULT_FORM = Form(
    "sms_result_destination",
    "【別紙】SMS結果通知先設定申込書（APIプラン）",
    EDITION,
    (SMS_RESULT_SHEET,),
    tuple(plan for plan in Plan if Channel.SMS in plan.channels),
    purpose="アカウントパラメータ申込書の「SMS結果通知先」で「利用する」を選んだ場合にご提出ください。",
)
RELEASE_FORM = Form(
    "release_checklist",
    "リリースチェックリスト（APIプラン）",
    EDITION,
    (RELEASE_SHEET,),
    tuple(plan for plan in Plan if Channel.PLUS in plan.channels),
    purpose="ストア表示を利用する場合に、公式アカウントの利用開始時にご提出ください。",
)

FORMS: dict[str, Form] = {
    form.code: form
    for form in (*(application_form(code) for code in FORM_PLANS), SMS_RESULT_FORM, RELEASE_FORM)
}


def form_for_plan(plan: Plan | str) -> Form:
    """The application workbook of a plan. ValueError for a code that is no plan."""
    wanted = Plan(plan)
    return next(FORMS[code] for code, plans in FORM_PLANS.items() if wanted in plans)


def locate(form_code: str, key: str) -> tuple[str, str]:
    """(sheet, cell) of a key as we issue the form; a list's key means its first row. KeyError if unknown."""
    slot = FORMS[form_code].slot_of(key)
    return slot.sheet.title, slot.cell
