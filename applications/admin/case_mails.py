"""The mails that the buttons of a case send: text and recipients, for the page before the press."""

from typing import Any

from accounts.admin.deeds import Doing, MailDraft
from accounts.models import NotificationEndpoint
from accounts.services.errors import Refused
from applications.models import CarrierReview
from applications.services import evaluation, mails
from applications.services.mails import Recipient
from applications.workflow import Action


def of_action(action: Action, typed: str = "") -> Any:
    """The mail of a workflow step; `typed` names the form's field that goes into it."""

    def mail(doing: Doing, given: dict[str, Any]) -> MailDraft | None:
        text = mails.preview(
            application=doing.obj,
            action=action,
            now=doing.now,
            text=str(given.get(typed, "")) if typed else "",
        )
        return None if text is None else MailDraft(text, _shown(doing, action))

    return mail


def of_completion(action: Action) -> Any:
    """The mail of a completed change, which tells from which day it holds."""

    def mail(doing: Doing, given: dict[str, Any]) -> MailDraft | None:
        text = mails.preview(
            application=doing.obj, action=action, now=doing.now, in_force_on=given["in_force_on"]
        )
        return None if text is None else MailDraft(text, _shown(doing, action))

    return mail


def of_remark(doing: Doing, given: dict[str, Any]) -> MailDraft:
    review = CarrierReview.objects.filter(application=doing.obj, pk=given["review"]).first()
    if review is None:
        raise Refused("このキャリア申請は見つかりません。画面を開き直してください。")
    text = mails.preview_remark(application=doing.obj, review=review, text=given["text"])
    return MailDraft(text, _shown(doing))


def of_failed_check(doing: Doing, given: dict[str, Any]) -> MailDraft:
    endpoint = NotificationEndpoint.objects.filter(contract=doing.obj.contract, pk=given["endpoint"]).first()
    if endpoint is None:
        raise Refused("この申込の通知先ではありません。画面を開き直してください。")
    text = mails.preview_function_failed(application=doing.obj, endpoint=endpoint, note=given["note"])
    return MailDraft(text, _shown(doing))


def _shown(doing: Doing, action: Action | None = None) -> list[str]:
    """Recipients as the mail will have them. A submission goes to the person that its own form names."""
    people = mails.recipients(doing.obj)
    if action is Action.SUBMIT:
        stated, prefix = evaluation.evaluate(doing.obj).values, mails.prefix_of(doing.obj)
        if stated.get(f"{prefix}.email"):
            people = [Recipient(str(stated[f"{prefix}.email"]), str(stated.get(f"{prefix}.name", "")))]
    if action is Action.ISSUE_NOTICE and doing.obj.contract is not None:
        contact = doing.obj.contract.contacts.open_ended().filter(role="account", position=1).first()
        people = [Recipient(contact.email, contact.name)] if contact else people
    return [f"{person.name} 様 <{person.email}>" if person.name else person.email for person in people]
