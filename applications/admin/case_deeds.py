"""Every button of a case, one row each: which form it asks with, which service it calls, which mail it shows."""

from dataclasses import replace
from typing import Any

from accounts.admin.deeds import Deed, Doing
from accounts.admin.fields import name_and_data
from accounts.models import SmsSender
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.admin import case_forms as asks
from applications.admin import case_mails as tells
from applications.admin.case_notice import draft_context
from applications.admin.change_deeds import CHANGE_DEEDS, CHANGE_WORKFLOW_DEEDS
from applications.admin.refusals import not_possible, only_for
from applications.models import Application
from applications.services import (
    carriers,
    closing,
    confirmation,
    drafts,
    functions,
    review,
    setup,
    submission,
)
from applications.services.facts import latest_submission
from applications.workflow import Action, Kind

Given = dict[str, Any]
Edited = MailText | None
CHANGE = "applications.change_application"


def _take(doing: Doing, given: Given, edited: Edited) -> str:
    review.take(**doing.case)
    return "内容確認を始めました。"


def _assign_to_me(doing: Doing, given: Given, edited: Edited) -> str:
    review.assign(**doing.case, to=doing.actor)
    return "あなたが担当になりました。"


def _put_back(doing: Doing, given: Given, edited: Edited) -> str:
    review.assign(**doing.case, to=None)
    return "担当を外しました。ほかの方が担当できます。"


def _hand_on(doing: Doing, given: Given, edited: Edited) -> str:
    review.assign(**doing.case, to=given["to"])
    return f"{given['to']} さんに引き継ぎました。"


def _memo(doing: Doing, given: Given, edited: Edited) -> str:
    review.memo(application_id=doing.obj.pk, text=given["text"], actor=doing.actor, now=doing.now)
    return "社内メモを残しました。"


def _accept_document(doing: Doing, given: Given, edited: Edited) -> str:
    review.accept_document(**doing.case, document=given["document"])
    return "書類を受理しました。"


def _unaccept_document(doing: Doing, given: Given, edited: Edited) -> str:
    review.unaccept_document(**doing.case, document=given["document"])
    return "書類の受理を取り消しました。"


def _accept_all(doing: Doing, given: Given, edited: Edited) -> str:
    review.accept_all_documents(**doing.case)
    return "不備のない書類をすべて受理しました。"


def _add_finding(doing: Doing, given: Given, edited: Edited) -> str:
    finding = review.add_finding(
        **doing.case,
        document=given["document"],
        sheet=given.get("sheet") or "",
        cell=given.get("cell") or "",
        text=given["text"],
    )
    return f"不備を登録しました（{finding.place}）。お客様には差し戻すときにまとめて伝わります。"


def _remove_finding(doing: Doing, given: Given, edited: Edited) -> str:
    review.remove_finding(**doing.case, finding_id=given["finding"])
    return "不備を取り消しました。"


def _return(doing: Doing, given: Given, edited: Edited) -> str:
    review.return_to_customer(**doing.case, note=given["note"], edited=edited)
    return "差し戻しました。お客様に不備の一覧をメールで送ります。"


def _accept(doing: Doing, given: Given, edited: Edited) -> str:
    review.accept(**doing.case, edited=edited)
    return "受付受理にしました。提出された内容を登録しました。"


def _request_confirmation(doing: Doing, given: Given, edited: Edited) -> str:
    confirmation.request(**doing.case, edited=edited)
    return "登録内容の確認をお客様に依頼しました。"


def _confirm(doing: Doing, given: Given, edited: Edited) -> str:
    confirmation.confirm(**doing.case, note=given["note"])
    return "お客様の確認済みとして記録しました。"


def _object(doing: Doing, given: Given, edited: Edited) -> str:
    confirmation.object_(**doing.case, reason=given["reason"])
    return "お客様の異議を記録し、内容確認に戻しました。"


def _carrier_apply(doing: Doing, given: Given, edited: Edited) -> str:
    carriers.apply(**doing.case, review_id=given["review"])
    return "キャリアへの申請を記録しました。"


def _carrier_approve(doing: Doing, given: Given, edited: Edited) -> str:
    carriers.approve(**doing.case, review_id=given["review"])
    return "キャリアの承認を記録しました。"


def _carrier_remark(doing: Doing, given: Given, edited: Edited) -> str:
    carriers.remark(**doing.case, review_id=given["review"], text=given["text"], edited=edited)
    return "指摘を記録しました。お客様にメールで送ります。"


def _carrier_reply(doing: Doing, given: Given, edited: Edited) -> str:
    carriers.reply(**doing.case, review_id=given["review"], text=given["text"])
    return "お客様の回答を記録しました。内容を確認して再申請してください。"


def _finish_carriers(doing: Doing, given: Given, edited: Edited) -> str:
    carriers.finish(**doing.case)
    return "キャリア申請を終えました。アカウント設定に進んでください。"


def _function_ok(doing: Doing, given: Given, edited: Edited) -> str:
    functions.mark_function(**doing.case, endpoint_id=given["endpoint"], ok=True, note=given["note"])
    return "疎通確認をOKにしました。"


def _function_ng(doing: Doing, given: Given, edited: Edited) -> str:
    functions.mark_function(
        **doing.case, endpoint_id=given["endpoint"], ok=False, note=given["note"], edited=edited
    )
    return "疎通確認をNGにしました。お客様にメールで送ります。"


def _function_ready(doing: Doing, given: Given, edited: Edited) -> str:
    functions.say_ready(**doing.case, endpoint_id=given["endpoint"], ready_on=None)
    return "サーバの準備ができたことを記録し、疎通確認を始めました。"


def _function_later(doing: Doing, given: Given, edited: Edited) -> str:
    functions.say_ready(**doing.case, endpoint_id=given["endpoint"], ready_on=given["ready_on"])
    return "サーバの準備予定日を記録しました。"


def _function_check(doing: Doing, given: Given, edited: Edited) -> str:
    functions.order_check(
        application_id=doing.obj.pk, endpoint_id=given["endpoint"], actor=doing.actor, now=doing.now
    )
    return "疎通確認を始めました。結果はこの画面に表示されます。"


def _function_url(doing: Doing, given: Given, edited: Edited) -> str:
    functions.correct_url(
        endpoint_id=given["endpoint"],
        shown=given["shown"],
        url=given["url"],
        actor=doing.actor,
        now=doing.now,
    )
    return "通知先のURLを直しました。疎通確認を行ってください。メールは送っていません。"


def _set_identifiers(doing: Doing, given: Given, edited: Edited) -> str:
    identifiers = {int(name.removeprefix("account_")): value for name, value in given.items()}
    setup.set_identifiers(**doing.case, identifiers=identifiers)
    return "識別子を保存しました。"


def _set_senders(doing: Doing, given: Given, edited: Edited) -> str:
    numbers = {
        SmsSender.Kind(name.removeprefix("numbers_")): {
            line.strip() for line in text.splitlines() if line.strip()
        }
        for name, text in given.items()
    }
    setup.set_senders(**doing.case, numbers=numbers)
    return "SMS送信元表示番号を保存しました。"


def _prepare_notice(doing: Doing, given: Given, edited: Edited) -> str:
    setup.prepare_notice(**doing.case)
    return "通知書の承認を依頼しました。別の承認者が確認して発行します。"


def _send_back_notice(doing: Doing, given: Given, edited: Edited) -> str:
    setup.send_back_notice(**doing.case, reason=given["reason"])
    return "アカウント設定に戻しました。"


def _issue_notice(doing: Doing, given: Given, edited: Edited) -> str:
    notice = setup.issue_notice(**doing.case, edited=edited)
    return (
        f"アカウント通知書 {notice.number} を発行しました。お客様にメールで送ります。今日が課金開始日です。"
    )


def _show_in_store(doing: Doing, given: Given, edited: Edited) -> str:
    setup.show_in_store(**doing.case, edited=edited)
    return "ストア表示にしました。"


def _hold(doing: Doing, given: Given, edited: Edited) -> str:
    closing.hold(**doing.case, reason=given["reason"])
    return "保留にしました。"


def _resume(doing: Doing, given: Given, edited: Edited) -> str:
    closing.resume(**doing.case)
    return "保留を解除しました。"


def _withdraw(doing: Doing, given: Given, edited: Edited) -> str:
    closing.withdraw(**doing.case, reason=given["reason"])
    return "取り下げとして閉じました。"


def _reject(doing: Doing, given: Given, edited: Edited) -> str:
    closing.reject(**doing.case, reason=given["reason"], edited=edited)
    return "却下しました。お客様にメールで送ります。"


def _choose(doing: Doing, given: Given, edited: Edited) -> str:
    drafts.choose(
        **doing.case,
        plan=given["plan"],
        options=given["options"],
        delivery_method=given["delivery_method"],
    )
    return "プランとオプションを変更しました。"


def _attach(doing: Doing, given: Given, edited: Edited) -> str:
    made = drafts.attach(**doing.case, uploads=uploads_of(given))
    return f"{len(made)}件の書類を添付しました。"


def _detach(doing: Doing, given: Given, edited: Edited) -> str:
    drafts.detach(**doing.case, attachment_id=given["attachment"])
    return "書類を取り外しました。"


def _submit(doing: Doing, given: Given, edited: Edited) -> str:
    consented = [int(pk) for pk in given.get("consent", ())]
    submission.submit(**doing.case, consented_editions=consented, edited=edited)
    return "お客様に代わって申し込みました。"


def uploads_of(given: Given) -> list[drafts.Upload]:
    return [drafts.Upload(*name_and_data(file)) for file in given["uploads"]]


def start_for_customer(doing: Doing, given: Given, edited: Edited) -> str:
    """A new draft with everything that came by mail; what cannot be attached is said and can be tried again."""
    application = drafts.start(
        customer=given["customer"],
        plan=given["plan"],
        options=given["options"],
        delivery_method=given["delivery_method"],
        mail_received_at=given["mail_received_at"],
        actor=doing.actor,
        now=doing.now,
    )
    doing.request.session["new_case"] = application.pk
    try:
        drafts.attach(
            application_id=application.pk,
            version=None,
            uploads=uploads_of(given),
            actor=doing.actor,
            now=doing.now,
        )
    except Refused as refusal:
        return f"申込 {application.number} を作成しましたが、書類は添付できませんでした。{refusal}"
    return f"申込 {application.number} を作成しました。内容を確認して申し込んでください。"


def start_release(doing: Doing, given: Given, edited: Edited) -> str:
    """リリースチェックリスト that came by mail."""
    application = drafts.start_release(contract=given["contract"], actor=doing.actor, now=doing.now)
    doing.request.session["new_case"] = application.pk
    return f"ストア表示申請 {application.number} を作成しました。リリースチェックリストを添付してください。"


def _notice_content(doing: Doing) -> dict[str, Any]:
    return draft_context(doing.obj, doing.now)


def _findings(doing: Doing) -> dict[str, Any]:
    found = latest_submission(doing.obj)
    return {"findings": list(found.findings.filter(solved_at=None)) if found else []}


_A = Action
# fmt: off
WORKFLOW_DEEDS: tuple[Deed, ...] = (  # the name is the workflow table's action
    Deed("submit", "代理で申し込む", _submit, asks.ConsentForm, mail=tells.of_action(_A.SUBMIT), refusal=not_possible(_A.SUBMIT),
         explain="添付された書類をお客様の申込として提出します。お客様が申込書で同意している版を確認してください。"),
    Deed("take", "内容確認を始める", _take, direct=True, refusal=not_possible(_A.TAKE)),
    Deed("return", "差し戻す", _return, asks.ReturnForm, mail=tells.of_action(_A.RETURN, "note"), refusal=not_possible(_A.RETURN),
         template="admin/applications/application/_findings_to_send.html", context=_findings,
         explain="登録した不備をまとめて1通のメールで伝え、印を付けたワークブックをお客様の画面に用意します。直るまで納期の日数は止まります。"),
    Deed("accept", "受付受理にする", _accept, mail=tells.of_action(_A.ACCEPT), refusal=not_possible(_A.ACCEPT),
         explain="提出された内容をそのまま契約に登録し、ご利用番号を採番します。"),
    Deed("request_confirmation", "内容確認を依頼する", _request_confirmation, mail=tells.of_action(_A.REQUEST_CONFIRMATION),
         refusal=not_possible(_A.REQUEST_CONFIRMATION), explain="登録した内容をお客様の画面に示し、間違いがないか確認していただきます。"),
    Deed("confirm", "登録内容を確認済みにする", _confirm, asks.NoteForm, refusal=not_possible(_A.CONFIRM),
         explain="電話やメールで確認の返事をいただいたときに、お客様に代わって記録します。メールは送りません。"),
    Deed("object", "お客様の異議を記録する", _object, asks.ObjectionForm, refusal=not_possible(_A.OBJECT),
         explain="登録内容が違うというお返事を、お客様に代わって記録します。内容確認に戻ります。メールは送りません。"),
    Deed("finish_carriers", "キャリア申請を終える", _finish_carriers, direct=True, refusal=not_possible(_A.FINISH_CARRIERS)),
    Deed("prepare_notice", "通知書の承認を依頼する", _prepare_notice, refusal=not_possible(_A.PREPARE_NOTICE), button="承認を依頼する",
         template="admin/applications/application/_notice_draft.html", context=_notice_content,
         explain="通知書の内容を確かめてから依頼してください。承認は、ご自身以外の承認者が行います。"),
    Deed("send_back_notice", "アカウント設定に戻す", _send_back_notice, asks.SendBackForm, refusal=not_possible(_A.SEND_BACK_NOTICE),
         explain="直す点があるときに、準備した方へ戻します。お客様にメールは送りません。"),
    Deed("issue_notice", "承認して通知書を発行する", _issue_notice, mail=tells.of_action(_A.ISSUE_NOTICE), refusal=not_possible(_A.ISSUE_NOTICE),
         template="admin/applications/application/_notice_draft.html", context=_notice_content,
         explain="発行すると内容は固定され、取り消せません。発行日（今日）が課金開始日になり、契約は「利用中」になります。"),
    Deed("show_in_store", "ストア表示にする", _show_in_store, mail=tells.of_action(_A.SHOW_IN_STORE), refusal=not_possible(_A.SHOW_IN_STORE),
         explain="公式アカウントをストアに表示した記録を残し、お客様に知らせます。"),
    Deed("hold", "保留にする", _hold, asks.HoldForm, refusal=not_possible(_A.HOLD),
         explain="解除するまで、ほかの手順に進めなくなります。お客様にメールは送りません。"),
    Deed("resume", "保留を解除する", _resume, direct=True, refusal=not_possible(_A.RESUME)),
    Deed("withdraw", "取り下げる", _withdraw, asks.WithdrawForm, refusal=not_possible(_A.WITHDRAW), danger=True,
         explain="お客様のお申し出により申込を閉じます。元には戻せません。メールは送りません。"),
    Deed("reject", "却下する", _reject, asks.RejectForm, mail=tells.of_action(_A.REJECT, "reason"), refusal=not_possible(_A.REJECT), danger=True,
         explain="申込をお受けできないときに閉じます。元には戻せません。"),
)
OTHER_DEEDS: tuple[Deed, ...] = (
    Deed("assign_to_me", "自分が担当する", _assign_to_me, direct=True),
    Deed("put_back", "担当を外す", _put_back, direct=True),
    Deed("hand_on", "ほかの人に引き継ぐ", _hand_on, asks.HandOnForm, button="引き継ぐ", refusal=only_for(review.STAFF)),
    Deed("memo", "社内メモを残す", _memo, asks.MemoForm, refusal=only_for(review.STAFF), anchor="history"),
    Deed("accept_document", "受理する", _accept_document, asks.DocumentForm, direct=True, anchor="documents"),
    Deed("unaccept_document", "受理を取り消す", _unaccept_document, asks.DocumentForm, direct=True, anchor="documents"),
    Deed("accept_all", "まとめて受理する", _accept_all, direct=True, anchor="documents"),
    Deed("add_finding", "不備を登録する", _add_finding, asks.FindingForm, refusal=only_for(review.RECEPTION), anchor="documents",
         template="admin/applications/application/_finding_help.html",
         explain="登録した不備は、差し戻すときに1通のメールにまとまってお客様に届きます。ここではまだ送られません。"),
    Deed("remove_finding", "不備を取り消す", _remove_finding, asks.FindingIdForm, direct=True, anchor="documents"),
    Deed("carrier_apply", "申請した", _carrier_apply, asks.ReviewIdForm, direct=True, anchor="carriers"),
    Deed("carrier_approve", "承認された", _carrier_approve, asks.ReviewIdForm, direct=True, anchor="carriers"),
    Deed("carrier_remark", "キャリアの指摘をお客様に伝える", _carrier_remark, asks.RemarkForm, mail=tells.of_remark, refusal=only_for(carriers.OPERATIONS), anchor="carriers",
         explain="指摘をお客様に伝えます。回答をいただくまで納期の日数は止まります。"),
    Deed("carrier_reply", "お客様の回答を代わりに記録する", _carrier_reply, asks.ReplyForm, refusal=only_for(carriers.ANSWERING), anchor="carriers"),
    Deed("function_ok", "疎通確認をOKにする", _function_ok, asks.CheckNoteForm, refusal=only_for(functions.CHECKERS), anchor="functions",
         explain="応答がステータス200、かつ500ミリ秒以内のときにOKとします。OKになると、この通知機能の設定に進めます。メールは送りません。"),
    Deed("function_ng", "疎通確認をNGにする", _function_ng, asks.CheckNoteForm, mail=tells.of_failed_check, refusal=only_for(functions.CHECKERS), anchor="functions",
         explain="NGの間は、この通知機能の設定だけが待ちになります。アカウント作成のほかの手順は進められます。"),
    Deed("function_check", "今すぐ確認する", _function_check, asks.EndpointIdForm, direct=True, refusal=only_for(functions.CHECKERS), anchor="functions"),
    Deed("function_url", "通知先のURLを直す", _function_url, asks.EndpointUrlForm, refusal=only_for(functions.CHECKERS), anchor="functions",
         explain="疎通確認がまだOKでない通知先のURLを、お客様のお申し出により直します。直したURLは未確認に戻ります。メールは送りません。"),
    Deed("function_ready", "サーバの準備ができた", _function_ready, asks.EndpointIdForm, direct=True, anchor="functions"),
    Deed("function_later", "サーバの準備予定日を記録する", _function_later, asks.LaterForm, refusal=only_for(functions.CHECKERS), anchor="functions"),
    Deed("set_identifiers", "識別子を保存する", _set_identifiers, asks.IdentifiersForm, direct=True, anchor="setup"),
    Deed("set_senders", "番号を保存する", _set_senders, asks.SendersForm, direct=True, anchor="setup"),
    Deed("choose", "プランとオプションを変更する", _choose, asks.ChoiceForm, refusal=only_for(drafts.MAY_EDIT), anchor="draft",
         explain="添付済みの書類はそのまま残り、新しい選択に照らして確認し直します。"),
    Deed("attach", "書類を添付する", _attach, asks.AttachForm, refusal=only_for(drafts.MAY_EDIT), anchor="draft", button="添付する",
         explain="お客様から届いた書類を代わりに添付します。内容はすぐに読み取り、直す点を表示します。"),
    Deed("detach", "書類を取り外す", _detach, asks.AttachmentIdForm, direct=True, anchor="draft"),
)
# fmt: on
CASE_DEEDS = tuple(
    replace(deed, permission=CHANGE)
    for deed in WORKFLOW_DEEDS + CHANGE_WORKFLOW_DEEDS + OTHER_DEEDS + CHANGE_DEEDS
)
DEED_OF_ACTION: dict[Action, Deed] = {
    Action(deed.name): deed for deed in WORKFLOW_DEEDS + CHANGE_WORKFLOW_DEEDS
}
# What a step of this kind does, where that is not what a new contract's does.
EXPLAINED: dict[tuple[str, Kind], str] = {
    ("submit", Kind.RELEASE): "添付された書類をお客様の申請として提出します。",
    ("submit", Kind.CHANGE): "添付された書類をお客様の申込として提出します。新しい通知先があれば、疎通確認の対象になります。",
    ("submit", Kind.CANCELLATION): "添付された書類をお客様の申込として提出します。最終利用月は、メールの受信日時で決まります。",
    ("accept", Kind.RELEASE): "リリースチェックリストを受理します。",
    ("accept", Kind.CHANGE): "変更の日数は、この日の翌営業日から数えます。変更後の内容は、完了するまで適用されません。",
    ("accept", Kind.CANCELLATION): "解約申込を受理します。契約の終了は、このあとの確定まで決まりません。",
    ("request_confirmation", Kind.CHANGE): "変更前と変更後をお客様の画面に並べて示し、間違いがないか確認していただきます。",
    ("request_confirmation", Kind.CANCELLATION): "最終利用月と解約手数料をお客様の画面に示し、間違いがないか確認していただきます。",
    ("object", Kind.CHANGE): "変更内容が違うというお返事を、お客様に代わって記録します。内容確認に戻ります。メールは送りません。",
    ("object", Kind.CANCELLATION): "解約内容が違うというお返事を、お客様に代わって記録します。内容確認に戻ります。メールは送りません。",
}  # fmt: skip


def for_case(deed: Deed, application: Application) -> Deed:
    """The deed in the words of this kind of case."""
    explain = EXPLAINED.get((deed.name, application.kind_value))
    return replace(deed, explain=explain) if explain else deed


def labels_of(application: Application, action: Action) -> str:
    """The button's words on a case; a release is no contract."""
    if action is Action.ACCEPT and application.kind == Kind.RELEASE:
        return "チェックリストを受理する"
    return DEED_OF_ACTION[action].label
