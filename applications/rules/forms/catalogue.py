"""All forms by code, which form a plan needs, and where a key stands (§1.6)."""

from accounts.rules.plans import Plan
from applications.rules.forms.description import Form, Sheet
from applications.rules.forms.sheets.application import application_sheet
from applications.rules.forms.sheets.check_items import check_sheet
from applications.rules.forms.sheets.parameters import parameter_sheet
from applications.rules.forms.sheets.plan_table import plan_table_sheet

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


FORMS: dict[str, Form] = {form.code: form for form in (*(application_form(code) for code in FORM_PLANS),)}


def form_for_plan(plan: Plan | str) -> Form:
    """The application workbook of a plan. ValueError for a code that is no plan."""
    wanted = Plan(plan)
    return next(FORMS[code] for code, plans in FORM_PLANS.items() if wanted in plans)


def locate(form_code: str, key: str) -> tuple[str, str]:
    """(sheet, cell) of a key as we issue the form; a list's key means its first row. KeyError if unknown."""
    slot = FORMS[form_code].slot_of(key)
    return slot.sheet.title, slot.cell
