"""All forms by code, which form a plan or a change needs, and where a key stands (§1.6, §2.1b, §3.1)."""

from accounts.rules.plans import Channel, Plan
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from applications.rules.forms.description import Form, Sheet
from applications.rules.forms.sheets.application import application_sheet
from applications.rules.forms.sheets.cancellation import CANCELLATION_SHEET
from applications.rules.forms.sheets.changes import SERVICE_CHANGE_SHEET, parameter_change_sheet
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

CHANGE_STEPS = (
    "「変更する項目」で、変更する項目だけ「変更する」を選びます。ほかの項目の欄は、そのままで構いません。",
    "変更後の内容を、色の付いた欄に記入します。右端の灰色の欄は現在の登録内容です。書き換えないでください。",
)
SERVICE_CHANGE_FORM = Form(
    "service_change",
    "サービス利用変更申込書（APIプラン）",
    EDITION,
    (SERVICE_CHANGE_SHEET,),
    purpose="企業情報、ご担当者、請求先、支払方法を変更する場合にご提出ください。",
    steps=CHANGE_STEPS,
)
PARAMETER_CHANGE_OF: dict[str, str] = {  # §2.1b: by the application's form of the contract's plan
    "application_sms": "parameter_change_sms",
    "application_plus": "parameter_change_plus",
    "application_rcs": "parameter_change_rcs",
}
PLAN_CHANGE_FORMS: dict[str, tuple[Plan, str]] = {  # code: the plan it leads to, for the title
    "plan_change_plus": (Plan.SMS_PLUS, "SMS・+メッセージ併用へ"),
    "plan_change_rcs": (Plan.SMS_PLUS_RCS, "SMS・+メッセージ・RCS併用へ"),
}


def parameter_change_form(application_code: str) -> Form:
    plans = FORM_PLANS[application_code]
    return Form(
        PARAMETER_CHANGE_OF[application_code],
        f"アカウントパラメータ変更申込書（APIプラン）_{CHANNEL_NAMES[application_code]}",
        EDITION,
        (parameter_change_sheet(plans),),
        plans,
        purpose="対象プラン: " + "、".join(plan.label for plan in plans),
        steps=CHANGE_STEPS,
    )


def plan_change_form(code: str) -> Form:
    """The parameters of the plan after the change, with its check sheet and plan table."""
    plan, name = PLAN_CHANGE_FORMS[code]
    changes = tuple(item for item, (_, target) in PLAN_CHANGES.items() if target is plan)
    return Form(
        code,
        f"アカウントパラメータ変更申込書（APIプラン）_利用区分変更_{name}",
        EDITION,
        (parameter_change_sheet((plan,), changes), check_sheet((plan,)), plan_table_sheet((plan,))),
        (plan,),
        purpose="対象の変更: " + "、".join(item.label.removeprefix("利用区分: ") for item in changes),
        steps=CHANGE_STEPS,
    )


CANCELLATION_FORM = Form(
    "cancellation",
    "解約申込書（APIプラン）",
    EDITION,
    (CANCELLATION_SHEET,),
    purpose="ご契約を解約する場合にご提出ください。毎月10日（休日の場合は前営業日）が締切です。",
)

FORMS: dict[str, Form] = {
    form.code: form
    for form in (
        *(application_form(code) for code in FORM_PLANS),
        SMS_RESULT_FORM,
        RELEASE_FORM,
        SERVICE_CHANGE_FORM,
        *(parameter_change_form(code) for code in FORM_PLANS),
        *(plan_change_form(code) for code in PLAN_CHANGE_FORMS),
        CANCELLATION_FORM,
    )
}


def form_for_plan(plan: Plan | str) -> Form:
    """The application workbook of a plan. ValueError for a code that is no plan."""
    wanted = Plan(plan)
    return next(FORMS[code] for code, plans in FORM_PLANS.items() if wanted in plans)


def parameter_change_for(plan: Plan, plan_change: ChangeItem | None = None) -> Form:
    """The アカウントパラメータ変更申込書 of a contract's plan, or of the change of it (§2.1b)."""
    if plan_change is None:
        return FORMS[PARAMETER_CHANGE_OF[form_for_plan(plan).code]]
    target = PLAN_CHANGES[plan_change][1]
    return next(FORMS[code] for code, (leads_to, _) in PLAN_CHANGE_FORMS.items() if leads_to is target)


def locate(form_code: str, key: str) -> tuple[str, str]:
    """(sheet, cell) of a key as we issue the form; a list's key means its first row. KeyError if unknown."""
    slot = FORMS[form_code].slot_of(key)
    return slot.sheet.title, slot.cell
