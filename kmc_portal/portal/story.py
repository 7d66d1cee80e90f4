"""経過: what happened to an application, in the customer's words. Staff appear as the window, not by name."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from applications.models import CaseEvent
from applications.workflow import Action

WORDS: dict[str, str] = {
    "create": "お申し込みを作成しました",
    "choose": "プラン・オプションを選びました",
    "choose_items": "変更する項目を選び直しました",
    "set_last_month": "最後のご利用月を変更しました",
    "attach": "書類を添付しました",
    "detach": "書類を取り外しました",
    Action.SUBMIT.value: "お申し込みを提出しました",
    Action.TAKE.value: "内容の確認を始めました",
    Action.RETURN.value: "修正をお願いしました",
    Action.ACCEPT.value: "お申し込みを受け付けました",
    Action.REQUEST_CONFIRMATION.value: "登録内容のご確認をお願いしました",
    Action.CONFIRM.value: "登録内容を確認いただきました",
    Action.OBJECT.value: "登録内容の相違をお知らせいただきました",
    Action.FINISH_CARRIERS.value: "すべてのキャリアで承認されました",
    Action.PREPARE_NOTICE.value: "アカウント通知書の準備を始めました",
    Action.SEND_BACK_NOTICE.value: "アカウントの設定に戻りました",
    Action.ISSUE_NOTICE.value: "アカウント通知書を発行しました",
    Action.SHOW_IN_STORE.value: "公式アカウントをストアに表示しました",
    Action.COMPLETE_CHANGE.value: "変更の手続きが完了しました",
    Action.PREPARE_CHANGE.value: "変更の最終確認を始めました",
    Action.SEND_BACK_CHANGE.value: "変更の設定に戻りました",
    Action.APPROVE_CHANGE.value: "変更の手続きが完了しました",
    Action.REOPEN_CANCELLATION.value: "内容の確認に戻りました",
    Action.FIX_CANCELLATION.value: "解約が確定しました",
    Action.END_CONTRACT.value: "ご契約が終了しました",
    Action.HOLD.value: "お手続きを保留にしました",
    Action.RESUME.value: "お手続きを再開しました",
    Action.WITHDRAW.value: "お申し込みを取り下げました",
    Action.REJECT.value: "お申し込みをお受けできませんでした",
    "carrier_apply": "キャリアへ申請しました",
    "carrier_remark": "キャリアから指摘がありました",
    "carrier_reply": "指摘に回答しました",
    "carrier_approve": "キャリアに承認されました",
    "function_ready": "通知先サーバーの準備完了をお知らせいただきました",
    "function_later": "通知先サーバーの準備予定日をお知らせいただきました",
    "function_url": "通知先のURLを直しました",
    "function_checked": "疎通確認を行いました",
}
# What staff noted for themselves when they took these steps.
NOTE_IS_OURS = frozenset(
    {
        Action.PREPARE_NOTICE.value,
        Action.SEND_BACK_NOTICE.value,
        Action.PREPARE_CHANGE.value,
        Action.SEND_BACK_CHANGE.value,
        Action.REOPEN_CANCELLATION.value,
    }
)


@dataclass(frozen=True)
class Line:
    at: datetime.datetime
    text: str
    who: str
    note: str


def story(events: Iterable[CaseEvent]) -> list[Line]:
    """Newest first; only what is public."""
    lines = [
        Line(
            at=event.at,
            text=WORDS.get(event.action, event.label),
            who="お客様窓口" if event.actor is None or event.actor.is_staff else f"{event.actor} 様",
            note="" if event.action in NOTE_IS_OURS else event.note,
        )
        for event in events
        if event.public
    ]
    return lines[::-1]
