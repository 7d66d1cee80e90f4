"""ご提出が必要なドキュメント (§1.6, §2.1b, §3.1): the matrix as data, and what one application needs."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.rules.plans import Channel, Option, Plan
from applications.rules.changes import CHANGES, PLAN_CHANGES, ChangeDocument, ChangeItem
from kmc_portal.lib.choices import Labelled


class DocumentCode(Labelled):
    APPLICATION_SMS = "application_sms", "サービス利用申込書 (SMS)"
    APPLICATION_PLUS = "application_plus", "サービス利用申込書 (+メッセージ)"
    APPLICATION_RCS = "application_rcs", "サービス利用申込書 (RCS)"
    ACCOUNT_PARAMETERS = "account_parameters", "アカウントパラメータ申込書"
    CHECK_SHEET = "check_sheet", "お申し込みチェックシート"
    PLAN_TABLE = "plan_table", "サービス契約プラン表"
    SMS_RESULT_DESTINATION = "sms_result_destination", "【別紙】SMS結果通知先設定申込書"
    RELEASE_CHECKLIST = "release_checklist", "リリースチェックリスト"
    SERVICE_CHANGE = "service_change", "サービス利用変更申込書"
    PARAMETER_CHANGE = "parameter_change", "アカウントパラメータ変更申込書"
    CANCELLATION_FORM = "cancellation_form", "解約申込書"


class When(Labelled):
    CONTRACT = "contract", "契約時"
    START_OF_USE = "start_of_use", "利用開始時"
    CHANGE = "change", "変更時"
    CANCELLATION = "cancellation", "解約時"


class OptionNotInPlan(ValueError):
    """An option was asked for that the plan cannot have."""

    def __init__(self, plan: Plan, option: Option) -> None:
        super().__init__(f"{plan.label}では{option.label}を利用できません。")
        self.plan = plan
        self.option = option


@dataclass(frozen=True)
class Row:
    code: DocumentCode
    when: When
    plans: frozenset[Plan]
    only_with: Option | None  # None: always


@dataclass(frozen=True)
class RequiredDocument:
    code: DocumentCode
    when: When
    guide: str
    because: str


GUIDE = "§1.6"
GUIDE_OF_CHANGES = "§2.1b"
GUIDE_OF_CANCELLATION = "§3.1"

_ALL = frozenset(Plan)
_OFFICIAL = frozenset(plan for plan in Plan if plan.channels & {Channel.PLUS, Channel.RCS})
_SMS = frozenset(plan for plan in Plan if Channel.SMS in plan.channels)

# code, when, plans, only with this option
MATRIX: tuple[Row, ...] = (  # §1.6
    Row(DocumentCode.APPLICATION_SMS, When.CONTRACT, frozenset({Plan.SMS}), None),  # §1.6
    Row(DocumentCode.APPLICATION_PLUS, When.CONTRACT, frozenset({Plan.PLUS, Plan.SMS_PLUS}), None),  # §1.6
    Row(DocumentCode.APPLICATION_RCS, When.CONTRACT, frozenset({Plan.PLUS_RCS, Plan.SMS_PLUS_RCS}), None),
    Row(DocumentCode.ACCOUNT_PARAMETERS, When.CONTRACT, _ALL, None),  # §1.6
    Row(DocumentCode.CHECK_SHEET, When.CONTRACT, _ALL, None),  # §1.6
    Row(DocumentCode.PLAN_TABLE, When.CONTRACT, _ALL, None),  # §1.6
    Row(DocumentCode.SMS_RESULT_DESTINATION, When.CONTRACT, _SMS, Option.SMS_RESULT_NOTIFICATION),  # §1.6
    Row(DocumentCode.RELEASE_CHECKLIST, When.START_OF_USE, _OFFICIAL, Option.STORE_DISPLAY),  # §1.6, §1.5 ※6
)


def required_documents(
    plan: Plan, *, sms_result_notification: bool, store_display: bool
) -> list[RequiredDocument]:
    """What one application must hand in, in the order of the matrix; OptionNotInPlan."""
    asked = {
        option
        for option, wanted in (
            (Option.SMS_RESULT_NOTIFICATION, sms_result_notification),
            (Option.STORE_DISPLAY, store_display),
        )
        if wanted
    }
    for option in Option:
        if option in asked and option not in plan.options:
            raise OptionNotInPlan(plan, option)
    return [
        RequiredDocument(row.code, row.when, GUIDE, _because(row, plan))
        for row in MATRIX
        if plan in row.plans and (row.only_with is None or row.only_with in asked)
    ]


def _because(row: Row, plan: Plan) -> str:
    if row.only_with is not None:
        return f"{row.code.label}: {row.only_with.label}を利用するため、{row.when.label}に必要です。"
    if row.plans == _ALL:
        return f"{row.code.label}: すべての契約プランで{row.when.label}に必要です。"
    return f"{row.code.label}: 契約プランが{plan.label}のため、{row.when.label}に必要です。"


DOCUMENT_OF: dict[ChangeDocument, DocumentCode] = {  # §2.1b
    ChangeDocument.SERVICE: DocumentCode.SERVICE_CHANGE,
    ChangeDocument.PARAMETERS: DocumentCode.PARAMETER_CHANGE,
}


def change_documents(items: Collection[ChangeItem], *, sms_result_newly_used: bool) -> list[RequiredDocument]:
    """What a change must hand in (§2.1b), each document once; a plan change adds the target plan's own (ours)."""
    wanted = [rule for rule in CHANGES if rule.item in items]
    found: list[RequiredDocument] = []
    for document, code in DOCUMENT_OF.items():
        if labels := "、".join(rule.item.label for rule in wanted if rule.document is document):
            found.append(_of_change(code, f"「{labels}」の変更に必要です。"))
    if any(rule.item in PLAN_CHANGES for rule in wanted):
        for code in (DocumentCode.CHECK_SHEET, DocumentCode.PLAN_TABLE):
            found.append(_of_change(code, "利用区分の変更に、変更後のプランのものが必要です。"))
    if sms_result_newly_used:
        because = f"{Option.SMS_RESULT_NOTIFICATION.label}を新しく利用するため必要です。"
        found.append(_of_change(DocumentCode.SMS_RESULT_DESTINATION, because))
    return found


def cancellation_documents() -> list[RequiredDocument]:
    """§3.1."""
    code = DocumentCode.CANCELLATION_FORM
    return [
        RequiredDocument(
            code, When.CANCELLATION, GUIDE_OF_CANCELLATION, f"{code.label}: 解約のお申し込みに必要です。"
        )
    ]


def _of_change(code: DocumentCode, because: str) -> RequiredDocument:
    return RequiredDocument(code, When.CHANGE, GUIDE_OF_CHANGES, f"{code.label}: {because}")
