"""What we ask of the customer now, and what happens next: one table of words per state, in the customer's language."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Contract, ContractState, NotificationEndpoint, User
from accounts.services.notices import wants_store_display
from applications.models import Application, CarrierReview
from applications.services import functions
from applications.services.transitions import steps_for
from applications.workflow import LIVE, Action, Kind, State
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class Ask:
    """One thing the customer is to do: what, why or what is missing, and where."""

    title: str
    text: str
    url: str
    button: str


NEXT: dict[State, str] = {  # what happens next, once the customer has done their part
    State.DRAFT: "ご提出いただくと、担当者が内容を確認します。",
    State.SUBMITTED: "担当者が書類の確認を始めます。このままお待ちください。",
    State.IN_REVIEW: "担当者が書類を確認しています。不備があれば、直していただく箇所をまとめてお知らせします。",
    State.RETURNED: "修正した書類をご提出いただくと、同じ担当者が続きを確認します。",
    State.ACCEPTED: "登録内容の確認をお願いするまで、少しお待ちください。",
    State.CONFIRMING: "ご確認いただくと、次の手続きに進みます。",
    State.CARRIER_REVIEW: "各キャリアの審査結果をお待ちください。指摘があれば、この画面とメールでお知らせします。",
    State.ACCOUNT_SETUP: "アカウントの設定が終わると、アカウント通知書を準備します。",
    State.NOTICE_APPROVAL: "まもなくアカウント通知書を発行し、メールでお送りします。",
    State.COMPLETED: "お手続きはすべて完了しました。",
    State.FINAL_APPROVAL: "お手続きの最終確認をしています。",
    State.ENDING: "最後のご利用日までご利用いただけます。",
    State.WITHDRAWN: "このお申し込みは取り下げられています。",
    State.REJECTED: "このお申し込みはお受けできませんでした。理由は経過をご覧ください。",
}
# What is said otherwise for the other kinds. `{day}`: from when a change holds, the last day of a cancelled contract.
NEXT_OF: dict[Kind, dict[State, str]] = {
    Kind.NEW: {},
    Kind.RELEASE: {
        State.ACCEPTED: "公式アカウントをストアに表示する作業を行っています。",
        State.COMPLETED: "公式アカウントはストアに表示されています。",
    },
    Kind.CHANGE: {
        State.ACCEPTED: "変更内容の確認をお願いするまで、少しお待ちください。",
        State.CONFIRMING: "ご確認いただくと、変更の手続きに進みます。",
        State.ACCOUNT_SETUP: "変更の設定を進めています。完了するまでは、いまの内容でご利用いただけます。",
        State.FINAL_APPROVAL: "変更の最終確認をしています。完了すると、適用日をメールでお知らせします。",
        State.COMPLETED: "変更後の内容は{day}から適用です。前日までは変更前の内容でご利用いただけます。",
    },
    Kind.CANCELLATION: {
        State.DRAFT: "まだ解約は申し込まれていません。解約申込書を提出した日で、最後のご利用月が決まります。",
        State.ACCEPTED: "解約の内容の確認をお願いするまで、少しお待ちください。",
        State.CONFIRMING: "ご確認いただくと、解約の確定に進みます。",
        State.FINAL_APPROVAL: "解約を確定する前の最終確認をしています。確定するまでは取り下げができます。",
        State.ENDING: "解約は確定しました。{day}までご利用いただけます。翌日からは配信できません。",
        State.COMPLETED: "ご契約は{day}で終了しました。これまでのご利用、誠にありがとうございました。",
    },
}
# What the due window is about.
DUE_OF: dict[Kind, str] = {
    Kind.NEW: "アカウント通知書の発行",
    Kind.RELEASE: "ストア表示",
    Kind.CHANGE: "変更完了",
    Kind.CANCELLATION: "解約",
}


def next_for(application: Application) -> str:
    state = application.state_value
    words = NEXT_OF[application.kind_value].get(state, NEXT[state])
    day = application.in_force_on
    if application.last_month is not None:
        day = Month.of(application.last_month).last_day
    return words.format(day=japanese_date(day) if day else "")


# title, text, button of the question to confirm
CONFIRM_OF: dict[Kind, tuple[str, str, str]] = {
    Kind.NEW: (
        "登録内容をご確認ください",
        "お申し込み内容と当社の登録内容を並べて表示します。",
        "登録内容を確認する",
    ),
    Kind.RELEASE: ("内容をご確認ください", "お申し込みの内容を表示します。", "内容を確認する"),
    Kind.CHANGE: (
        "変更内容をご確認ください",
        "変更前と変更後の内容を並べて表示します。",
        "変更内容を確認する",
    ),
    Kind.CANCELLATION: (
        "解約の内容をご確認ください",
        "最後のご利用日と解約手数料を表示します。",
        "解約の内容を確認する",
    ),
}


def asks_of(application: Application, user: User, today: datetime.date) -> list[Ask]:
    """In the order in which they should be done."""
    page = reverse("portal:application", args=[application.pk])
    found: list[Ask] = []
    match application.state_value:
        case State.DRAFT:
            found.append(
                Ask(
                    "書類をそろえて、お申し込みを提出してください",
                    _submit_refusal(user, application)
                    or "書類はそろっています。内容をご確認のうえ、提出してください。",
                    f"{page}#documents",
                    "続きを進める",
                )
            )
        case State.RETURNED:
            found.append(
                Ask(
                    "書類の修正をお願いします",
                    "お知らせした箇所を直し、書類をもう一度アップロードしてご提出ください。",
                    f"{page}#findings",
                    "修正箇所を見る",
                )
            )
        case State.CONFIRMING:
            title, text, button = CONFIRM_OF[application.kind_value]
            found.append(
                Ask(
                    title,
                    text,
                    reverse("portal:confirmation", args=[application.pk]),
                    button,
                )
            )
        case State.CARRIER_REVIEW:
            remarked = application.carrier_reviews.filter(state=CarrierReview.State.REMARKED)
            found += [
                Ask(
                    f"{review}の指摘に回答してください",
                    "ご回答をいただくまで、このキャリアの審査は進みません。",
                    f"{page}#carrier-{review.pk}",
                    "指摘を読んで回答する",
                )
                for review in remarked
            ]
        case _:
            pass
    if application.state in LIVE:
        found += _endpoint_asks(list(functions.endpoints_of(application, today)), page, today)
    return found


def _submit_refusal(user: User, application: Application) -> str:
    step = next((step for step in steps_for(user, application) if step.action is Action.SUBMIT), None)
    return (step.refusal or "") if step else ""


def _endpoint_asks(endpoints: list[NotificationEndpoint], page: str, today: datetime.date) -> list[Ask]:
    """Several functions about which the same is asked are asked about once, all by name."""
    asked = [
        (endpoint, ask) for endpoint in endpoints if (ask := _endpoint_ask(endpoint, page, today)) is not None
    ]
    same = [endpoint for endpoint, ask in asked if ask.text == READY_TEXT]
    if len(same) < 2:
        return [ask for _, ask in asked]
    names = "、".join(str(endpoint) for endpoint in same)
    together = Ask(
        f"通知を受け取るサーバーの準備状況をお知らせください（{len(same)}件）",
        f"{READY_TEXT}対象：{names}",
        f"{page}#functions",
        "準備状況を知らせる",
    )
    return [*(ask for endpoint, ask in asked if endpoint not in same), together]


READY_TEXT = "準備が整いましたらお知らせください。お時間がかかる場合は、予定日をお知らせください。"


def _endpoint_ask(endpoint: NotificationEndpoint, page: str, today: datetime.date) -> Ask | None:
    """§1.7–1.9: nothing is asked while the result is OK or our check is still to come."""
    where = f"{page}#functions"
    if endpoint.orders.open().exists():
        return None
    meanwhile = "ほかの手続きは続けています。"
    if endpoint.is_proposed:
        meanwhile = "OKになるまで変更は完了できません（いまのURLが有効なままです）。"
    if endpoint.state == NotificationEndpoint.State.NG and not _ready_since_last_check(endpoint):
        return Ask(
            f"{endpoint}のサーバー設定を見直してください",
            f"疎通確認の結果がNGでした。直しましたら、その場で確認し直せます。{meanwhile}",
            where,
            "結果を見る",
        )
    if endpoint.state == NotificationEndpoint.State.UNCHECKED and endpoint.ready_at is None:
        if endpoint.ready_on is not None and endpoint.ready_on > today:
            return None
        text = READY_TEXT
        if endpoint.ready_on is not None:
            text = "お知らせいただいた準備予定日になりました。準備の状況をお知らせください。"
        return Ask(
            f"{endpoint}を受け取るサーバーの準備状況をお知らせください", text, where, "準備状況を知らせる"
        )
    return None


def _ready_since_last_check(endpoint: NotificationEndpoint) -> bool:
    check = endpoint.checks.first()
    return endpoint.ready_at is not None and (check is None or check.checked_at < endpoint.ready_at)


def can_release(contract: Contract, today: datetime.date) -> bool:
    """Store display was asked for, the accounts are still hidden, and no application for it is under way."""
    return (
        contract.state == ContractState.ACTIVE
        and wants_store_display(contract, today)
        and contract.official_accounts.filter(production=None, shown_in_store_since=None).exists()
        and not contract.applications.filter(kind=Kind.RELEASE, state__in=LIVE).exists()
    )


def asks_of_contracts(contracts: Iterable[Contract], today: datetime.date) -> list[Ask]:
    return [
        Ask(
            f"ご利用番号 {contract.number}：ストア表示を始めるにはリリースチェックリストをご提出ください",
            "公式アカウントはいま、ストアに表示されていません。",
            reverse("portal:contract", args=[contract.pk]) + "#store",
            "ストア表示の申請へ",
        )
        for contract in contracts
        if can_release(contract, today)
    ]
