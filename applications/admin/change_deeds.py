"""The buttons of changes and cancellations, one row each (§2.1b, §3)."""

from dataclasses import replace
from typing import Any

from accounts.admin.deeds import Deed, Doing
from accounts.admin.fields import name_and_data
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.admin import case_mails as tells
from applications.admin import change_forms as asks
from applications.admin.case_changes import (
    cancellation_context,
    change_context,
    given_identifiers,
    given_numbers,
    neighbours,
)
from applications.admin.case_forms import SendBackForm
from applications.admin.refusals import not_possible, only_for
from applications.models import Application
from applications.rules.changes import RULE_OF
from applications.services import cancellation, change_completion, change_facts, changes, drafts
from applications.services.setup import OPERATIONS
from applications.workflow import Action, Kind
from kmc_portal.lib.jst import date_of

Given = dict[str, Any]
Edited = MailText | None
ADD = "applications.add_application"
MAIL_AND_FORMS = (
    "届いたメールと申込書は、次の画面で一緒に登録できます。この時点ではまだ申し込みになりません。"
)


# on a customer's behalf ---------------------------------------------------------------------------


def start_change(doing: Doing, given: Given, edited: Edited) -> str:
    application = changes.start(
        contract=given["contract"],
        items=given["items"],
        mail_received_at=given["mail_received_at"],
        actor=doing.actor,
        now=doing.now,
    )
    return _with_files(doing, application, given)


def start_cancellation(doing: Doing, given: Given, edited: Edited) -> str:
    application = cancellation.start(
        contract=given["contract"],
        mail_received_at=given["mail_received_at"],
        actor=doing.actor,
        now=doing.now,
    )
    return _with_files(doing, application, given)


def _with_files(doing: Doing, application: Application, given: Given) -> str:
    """What cannot be attached is said and can be tried again."""
    doing.request.session["new_case"] = application.pk
    made = f"{application.get_kind_display()} {application.number} を作成しました"
    uploads = [drafts.Upload(*name_and_data(file)) for file in given.get("uploads") or ()]
    if not uploads:
        return f"{made}。受信メールと申込書を添付してください。"
    try:
        drafts.attach(
            application_id=application.pk, version=None, uploads=uploads, actor=doing.actor, now=doing.now
        )
    except Refused as refusal:
        return f"{made}が、書類は添付できませんでした。{refusal}"
    return f"{made}。内容を確認して申し込んでください。"


def check_change(doing: Doing, given: Given) -> Given:
    """Documents, dates and fees before anything is made; Refused where another change stands in the way."""
    return {**_preview(doing, given["contract"], given["items"]), "asks_files": True}


def check_items(doing: Doing, given: Given) -> Given:
    return _preview(doing, doing.obj.own_contract, given["items"], but=doing.obj)


def _preview(doing: Doing, contract: Any, items: Any, but: Application | None = None) -> Given:
    day = date_of(doing.now)
    preview = changes.preview(contract=contract, items=items, day=day)
    if found := change_facts.in_flight(contract, items, day=day, but=but):
        raise Refused(change_facts.flight_words(found, items))
    return {"preview": preview, "rules": [RULE_OF[item] for item in items], "contract": contract}


def check_cancellation(doing: Doing, given: Given) -> Given:
    """Last month and fee by the day on which the mail came in."""
    drafts.check_mail_time(given["mail_received_at"], doing.now)
    contract, day = given["contract"], date_of(given["mail_received_at"])
    if refusal := cancellation.refusal(contract):
        raise Refused(refusal)
    found = cancellation.preview(contract=contract, day=day)
    return {
        "ending": found.dates,
        "last_month": found.dates.last_month,
        "effective_month": found.dates.effective_month,
        "counted_on": day,
        "fee": found.fee,
        "contract": contract,
        "neighbours": neighbours(contract, date_of(doing.now)),
        "lost": change_facts.lost_with_the_end(contract, found.dates.last_month.last_day),
        "asks_files": True,
    }


# a case -------------------------------------------------------------------------------------------


def _choose_items(doing: Doing, given: Given, edited: Edited) -> str:
    changes.choose_items(**doing.case, items=given["items"])
    return "変更する項目を選び直しました。"


def _assign(doing: Doing, given: Given, edited: Edited) -> str:
    change_completion.assign(**doing.case, numbers=given_numbers(given), identifiers=given_identifiers(given))
    return "番号・識別子を保存しました。変更が完了するまで適用されません。"


def _complete(doing: Doing, given: Given, edited: Edited) -> str:
    done = change_completion.complete(**doing.case, in_force_on=given["in_force_on"], edited=edited)
    return _completed(done)


def _approve(doing: Doing, given: Given, edited: Edited) -> str:
    done = change_completion.approve(**doing.case, in_force_on=given["in_force_on"], edited=edited)
    return _completed(done)


def _completed(application: Application) -> str:
    day = application.in_force_on
    assert day is not None, "a completed change has its day"
    return f"変更を完了しました。{day.month}月{day.day}日から適用されます。お客様にメールで送ります。"


def _prepare(doing: Doing, given: Given, edited: Edited) -> str:
    change_completion.prepare(**doing.case)
    return "変更の承認を依頼しました。別の承認者が確認して完了します。"


def _send_back(doing: Doing, given: Given, edited: Edited) -> str:
    change_completion.send_back(**doing.case, reason=given["reason"])
    return "設定に戻しました。"


def _set_last_month(doing: Doing, given: Given, edited: Edited) -> str:
    cancellation.set_last_month(**doing.case, month=given["month"], reason=given["reason"])
    return f"最終利用月を{given['month'].label}に変更しました。"


def _fix(doing: Doing, given: Given, edited: Edited) -> str:
    cancellation.fix(**doing.case, edited=edited)
    return "解約を確定しました。お客様にメールで送ります。"


def _reopen(doing: Doing, given: Given, edited: Edited) -> str:
    cancellation.reopen(**doing.case, reason=given["reason"])
    return "内容確認に戻しました。"


def _change(doing: Doing) -> Given:
    return change_context(doing.obj, date_of(doing.now), None)


def _cancellation(doing: Doing) -> Given:
    return cancellation_context(doing.obj, date_of(doing.now))


def _no_items(doing: Doing) -> str | None:
    if doing.obj.kind != Kind.CHANGE:
        return "変更項目を選べるのは変更申込だけです。"
    return only_for(drafts.MAY_EDIT)(doing)


def _no_last_month(doing: Doing) -> str | None:
    if doing.obj.kind != Kind.CANCELLATION:
        return "最終利用月があるのは解約申込だけです。"
    if doing.obj.state not in cancellation.BEFORE_DECISION:
        return f"いまの状態（{doing.obj.get_state_display()}）では最終利用月を変更できません。"
    return only_for(cancellation.DECIDERS)(doing)


_A = Action
_SUMMARY = "admin/applications/application/_change_summary.html"
_END = "admin/applications/application/_cancellation_summary.html"
# fmt: off
CHANGE_WORKFLOW_DEEDS: tuple[Deed, ...] = (  # the name is the workflow table's action
    Deed("complete_change", "変更を完了する", _complete, asks.CompletionForm, mail=tells.of_completion(_A.COMPLETE_CHANGE), refusal=not_possible(_A.COMPLETE_CHANGE),
         template=_SUMMARY, context=_change, explain="適用日から新しい内容が有効になります。取り消せません。"),
    Deed("prepare_change", "変更の承認を依頼する", _prepare, refusal=not_possible(_A.PREPARE_CHANGE), button="承認を依頼する", template=_SUMMARY, context=_change,
         explain="料金や名義に関わる変更のため、ご自身以外の承認者が確認して完了します。メールは送りません。"),
    Deed("send_back_change", "設定に戻す", _send_back, SendBackForm, refusal=not_possible(_A.SEND_BACK_CHANGE),
         explain="直す点があるときに、依頼した方へ戻します。お客様にメールは送りません。"),
    Deed("approve_change", "承認して変更を完了する", _approve, asks.CompletionForm, mail=tells.of_completion(_A.APPROVE_CHANGE), refusal=not_possible(_A.APPROVE_CHANGE),
         template=_SUMMARY, context=_change, explain="適用日から新しい内容が有効になります。取り消せません。"),
    Deed("fix_cancellation", "解約を確定する", _fix, mail=tells.of_action(_A.FIX_CANCELLATION), refusal=not_possible(_A.FIX_CANCELLATION), template=_END, context=_cancellation, danger=True,
         explain="契約の終了日が決まり、お客様は取り下げられなくなります。解約手数料があれば最終利用月に計上します。"),
    Deed("reopen_cancellation", "内容確認に戻す", _reopen, asks.ReopenForm, refusal=not_possible(_A.REOPEN_CANCELLATION),
         explain="確定する前に確かめ直す点があるときに、内容確認に戻します。メールは送りません。"),
)
CHANGE_DEEDS: tuple[Deed, ...] = (
    Deed("choose_items", "変更する項目を選び直す", _choose_items, asks.ItemsForm, refusal=_no_items, check=check_items, check_template="admin/applications/application/_change_check.html",
         button="選び直す", anchor="draft", explain="添付済みの書類はそのまま残り、新しい選択に照らして確認し直します。"),
    Deed("assign_numbers", "番号・識別子を保存する", _assign, asks.AssignForm, refusal=only_for(OPERATIONS), direct=True, anchor="assign"),
    Deed("set_last_month", "最終利用月を変更する", _set_last_month, asks.LastMonthForm, refusal=_no_last_month, anchor="cancellation",
         explain="締切の規則によらずに、最後にご利用いただく月を決めます。"),
)
START_DEEDS: tuple[Deed, ...] = (  # of the case list
    Deed("start_change", "メールで届いた変更申込を登録する", start_change, asks.NewChangeForm, check=check_change, check_template="admin/applications/application/_change_check.html",
         button="登録する", explain=f"お客様に代わって変更申込を作成します。{MAIL_AND_FORMS}"),
    Deed("start_cancellation", "メールで届いた解約申込を登録する", start_cancellation, asks.NewCancellationForm, check=check_cancellation, check_template="admin/applications/application/_cancellation_check.html",
         button="登録する", explain=f"お客様に代わって解約申込を作成します。{MAIL_AND_FORMS}"),
)
# fmt: on
START_DEEDS = tuple(replace(deed, permission=ADD) for deed in START_DEEDS)
