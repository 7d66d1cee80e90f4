"""Notification functions on the way of a case (§1.7–1.9): ready, corrected, checked, marked; and what a result means."""

import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import CheckCause, CheckOrder, ConnectivityCheck, NotificationEndpoint, User
from accounts.models.channels import EndpointQuerySet
from accounts.services import connectivity, endpoints
from accounts.services.errors import Refused, Stale
from accounts.services.outbox import MailText
from applications.models import Application, CaseEvent
from applications.services import change_facts, mails
from applications.services.transitions import lock, need_role, need_state, record
from applications.workflow import LIVE, Kind, Role, State
from kmc_portal.lib.jst import date_of

CHECKERS = frozenset({Role.OPERATIONS, Role.RECEPTION})
WITH_CUSTOMER = CHECKERS | {Role.CUSTOMER}
# A function that was NG at the notice is checked again afterwards (§1.9).
CHECKABLE = frozenset(LIVE) | {State.COMPLETED}


@transaction.atomic
def mark_function(
    *,
    application_id: int,
    version: int,
    endpoint_id: int,
    ok: bool,
    note: str,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
    shown: str | None = None,
) -> None:
    """Staff's own result of a 疎通確認. NG holds this function alone; account creation goes on (§1.9).

    `shown` is the URL that they had before them."""
    application = _case(
        application_id, version, endpoint_id, actor, CHECKERS, "疎通確認の結果を登録する", now
    )
    if shown is not None and endpoints.locked(endpoint_id).url != shown:
        raise Stale("URLが変更されています。いまのURLを確認して、もう一度登録してください。")
    endpoint = endpoints.mark_endpoint(endpoint_id=endpoint_id, ok=ok, note=note, actor=actor, now=now)
    record(
        application=application,
        action="function_checked",
        actor=actor,
        now=now,
        note=f"{endpoint}：{'OK' if ok else 'NG'}（{note.strip()}）",
        data={"endpoint": endpoint_id, "ok": ok},
    )
    if not ok:
        mails.function_failed(
            application=application,
            endpoint=endpoint,
            note=note.strip(),
            occasion=f"v{application.version}-{endpoint.pk}",
            actor=actor,
            now=now,
            edited=edited,
        )


@transaction.atomic
def say_ready(
    *,
    application_id: int,
    version: int,
    endpoint_id: int,
    ready_on: datetime.date | None,
    actor: User,
    now: datetime.datetime,
) -> None:
    """The customer's server is ready now, which orders a check; or (with a date) is expected to be then (§1.7)."""
    application = _case(application_id, version, endpoint_id, actor, WITH_CUSTOMER, "準備状況を登録する", now)
    if ready_on is not None and ready_on < date_of(now):
        raise Refused("準備予定日には、今日以降の日付を入力してください。")
    endpoint = endpoints.say_ready(endpoint_id=endpoint_id, ready_on=ready_on, now=now)
    if ready_on is None:
        if actor.customer_id is not None:
            connectivity.need_room(customer=application.customer, now=now)
        connectivity.order_for(endpoint=endpoint, cause=CheckCause.READY, actor=actor, now=now)
    record(
        application=application,
        action="function_later" if ready_on else "function_ready",
        actor=actor,
        now=now,
        note=f"{endpoint}：{ready_on:%Y年%m月%d日}予定" if ready_on else str(endpoint),
        data={"endpoint": endpoint_id},
    )


@transaction.atomic
def correct_url(*, endpoint_id: int, shown: str, url: str, actor: User, now: datetime.datetime) -> None:
    """Another URL for a function that is not OK yet; it starts unchecked (§1.9). `shown` is what the form showed."""
    application = case_of(NotificationEndpoint.objects.get(pk=endpoint_id))
    if application is None:
        raise Refused("この通知先は、いまは直せません。画面を開き直してください。")
    application = _case(application.pk, None, endpoint_id, actor, WITH_CUSTOMER, "通知先のURLを直す", now)
    before = endpoints.locked(endpoint_id).url
    if before != shown:
        raise Stale("ほかの方が先にURLを変更しました。いまのURLを確認して、もう一度操作してください。")
    endpoint = endpoints.change_url(endpoint_id=endpoint_id, url=url, now=now)
    if endpoint.url == before:
        raise Refused("登録されているURLと同じです。このURLの疎通確認は「今すぐ確認する」から行えます。")
    if endpoint.is_proposed and change_facts.is_in_force(endpoint, date_of(now)):
        raise Refused(
            "いま適用されているURLと同じです。変更をやめるときは、この変更申込を取り下げてください。"
        )
    record(
        application=application,
        action="function_url",
        actor=actor,
        now=now,
        note=f"{endpoint}：{before} → {endpoint.url}",
        data={"endpoint": endpoint_id},
    )


def order_check(*, application_id: int, endpoint_id: int, actor: User, now: datetime.datetime) -> CheckOrder:
    """Check now, from the case's page. Nothing is replaced, so no version is asked for."""
    application = Application.objects.get(pk=application_id)
    if not endpoints_of(application, date_of(now)).filter(pk=endpoint_id).exists():
        raise Refused("この申込の通知先ではありません。画面を開き直してください。")
    return connectivity.order_by(endpoint_id=endpoint_id, actor=actor, now=now)


def on_result(check: ConnectivityCheck) -> None:
    """Inside the transaction that stores a result: the case's time line, and a mail where an NG is news (§1.9)."""
    if check.endpoint is None:
        return
    application = case_of(check.endpoint)
    if application is not None and check.cause != CheckCause.RECHECK:
        application = lock(application.pk, None)
        CaseEvent.objects.create(
            application=application,
            action="function_checked",
            source=application.state,
            target=application.state,
            at=check.checked_at,
            note=f"{check.endpoint}：{check}（{check.note}）",
            data={"endpoint": check.endpoint_id, "ok": check.ok, "check": check.pk},
        )
    if not connectivity.is_news(check):
        return
    if application is None or connectivity.is_set_up(check.endpoint):
        mails.function_worsened(check=check, now=check.checked_at)
    else:
        mails.function_failed(
            application=application,
            endpoint=check.endpoint,
            note=check.note,
            check=check,
            occasion=f"check{check.pk}",
            actor=None,
            now=check.checked_at,
        )


def case_of(endpoint: NotificationEndpoint) -> Application | None:
    """The application on whose way the function is: the change that proposes it, else the contract's first."""
    cases = Application.objects.filter(contract=endpoint.contract_id, state__in=CHECKABLE).order_by("-pk")
    if endpoint.is_proposed:
        return cases.filter(kind=Kind.CHANGE, state__in=LIVE, number=endpoint.proposed_for).first()
    return cases.filter(kind=Kind.NEW).first()


def order_ready(*, application: Application, actor: User, now: datetime.datetime) -> None:
    """At a submission whose 別紙 says that the server is ready: a check of what was not checked since (§1.7)."""
    for endpoint in endpoints_of(application, date_of(now)).select_related("contract__customer"):
        if endpoint.state == endpoint.State.UNCHECKED and endpoint.ready_at is not None:
            connectivity.order_for(endpoint=endpoint, cause=CheckCause.READY, actor=actor, now=now)


def endpoints_of(application: Application, day: datetime.date) -> QuerySet[NotificationEndpoint]:
    """The 通知先 that are on the way of this application: what a new one asked for and holds on `day` or later, what a
    change proposes."""
    none = NotificationEndpoint.objects.none()
    if application.contract is None:
        return none
    rows: EndpointQuerySet = application.contract.endpoints.all()
    match application.kind_value:
        case Kind.NEW:
            return rows.live(day).exclude(period__isempty=True)
        case Kind.CHANGE:
            return change_facts.proposals(application)
        case _:
            return none


def _case(
    application_id: int,
    version: int | None,
    endpoint_id: int,
    actor: User,
    roles: frozenset[Role],
    what: str,
    now: datetime.datetime,
) -> Application:
    """The application, locked, with this endpoint on its way. A draft has no contract yet, so no endpoint either."""
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=roles, what=what)
    need_state(application=application, states=CHECKABLE, what="通知先の操作は")
    if not endpoints_of(application, date_of(now)).filter(pk=endpoint_id).exists():
        raise Refused("この申込の通知先ではありません。画面を開き直してください。")
    return application
