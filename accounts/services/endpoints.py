"""通知先: what is asked for, proposed, put in force and corrected (§1.7–1.9, §2.1b). Checks of it: connectivity.py."""

import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from accounts.models import CheckCause, CheckOrder, ConnectivityCheck, Contract, NotificationEndpoint, User
from accounts.rules.notification_url import check_notification_url
from accounts.rules.plans import NotificationFunction
from accounts.services import settings
from accounts.services.errors import Refused

State = NotificationEndpoint.State
EndpointKey = tuple[
    NotificationFunction, str, bool
]  # function, channel ("": not of an official account), for test
ONE_DAY = datetime.timedelta(days=1)


def checked_url(url: str) -> str:
    """The URL as it is kept, or Refused with the rule's reason and advice (§1.9)."""
    verdict = check_notification_url(url.strip(), allow_http=settings.get("http_endpoints_allowed"))
    if not verdict.allowed:
        raise Refused(verdict.message)
    return verdict.url


@transaction.atomic
def set_endpoints(
    *,
    contract: Contract,
    wanted: dict[EndpointKey, dict[str, Any]],
    day: datetime.date,
    now: datetime.datetime,
) -> None:
    """What a new application asks for, by EndpointKey: {"url", "ready_on", "ready_at"}.

    Nothing is in force yet, so a changed URL is changed in place and starts unchecked again (§2.1b). Of the same URL
    the customer's later word in the portal stands.
    """
    rows = contract.endpoints.filter(Q(period__upper_inf=True) | Q(period__contains=day))
    current = {(row.function, row.channel, row.for_test): row for row in rows.order_by("period")}
    for key, row in current.items():
        if key not in wanted and row.until is None:
            # Checks made of it stay readable, so it ends rather than goes; a period has a day at least.
            row.period = DateRange(row.since, max(day, row.since + ONE_DAY))
            row.save(update_fields=["period"])
            _take_orders_back(row, now)
    for (function, channel, for_test), values in wanted.items():
        asked = current.get((function, channel, for_test))
        if asked is not None and asked.until is not None:  # given up today and asked for again
            asked.period = DateRange(asked.since, None)
            asked.save(update_fields=["period"])
        if asked is None:
            contract.endpoints.create(
                function=function,
                channel=channel,
                for_test=for_test,
                period=DateRange(day, None),
                **values,
            )
        elif asked.url != values["url"]:
            _new_url(asked, values["url"], values["ready_on"], values["ready_at"], now)
        elif asked.ready_at is None and (values["ready_on"] or values["ready_at"]):
            asked.ready_on, asked.ready_at = values["ready_on"], values["ready_at"]
            asked.save(update_fields=["ready_on", "ready_at"])


@transaction.atomic
def change_url(*, endpoint_id: int, url: str, now: datetime.datetime) -> NotificationEndpoint:
    """Correct the URL of a function that is not set up yet: in place, and unchecked again."""
    endpoint = locked(endpoint_id)
    if endpoint.state == State.OK:
        raise Refused(
            "疎通確認がOKの通知先は、ここでは変更できません。変更のお申し込みで新しいURLをお知らせください。"
        )
    url = checked_url(url)
    if url != endpoint.url:
        _new_url(endpoint, url, None, None, now)
    return endpoint


@transaction.atomic
def say_ready(
    *, endpoint_id: int, ready_on: datetime.date | None, now: datetime.datetime
) -> NotificationEndpoint:
    """The customer's server is ready now, or (with a date) will be then (§1.7)."""
    endpoint = locked(endpoint_id)
    endpoint.ready_on, endpoint.ready_at = ready_on, None if ready_on else now
    endpoint.save(update_fields=["ready_on", "ready_at"])
    return endpoint


@transaction.atomic
def mark_endpoint(
    *, endpoint_id: int, ok: bool, note: str, actor: User, now: datetime.datetime
) -> NotificationEndpoint:
    """Staff's own result of a 疎通確認 (§1.9), whatever was measured; the function opens or waits, nothing else does."""
    if not note.strip():
        raise Refused("疎通確認の結果にはメモ（確認方法や応答時間など）を入力してください。")
    endpoint = locked(endpoint_id)
    ConnectivityCheck.objects.create(
        endpoint=endpoint,
        customer_id=endpoint.contract.customer_id,
        function=endpoint.function,
        channel=endpoint.channel,
        for_test=endpoint.for_test,
        url=endpoint.url,
        cause=CheckCause.STAFF_MARK,
        ok=ok,
        note=note.strip(),
        checked_at=now,
        checked_by=actor,
    )
    endpoint.state = State.OK if ok else State.NG
    endpoint.save(update_fields=["state"])
    _take_orders_back(endpoint, now)
    return endpoint


# new URLs of a change (§2.1b) ---------------------------------------------------------------------


@transaction.atomic
def propose(
    *,
    contract: Contract,
    function: NotificationFunction,
    channel: str,
    for_test: bool,
    url: str,
    proposed_for: str = "",
) -> NotificationEndpoint:
    """A new URL that is in force on no day yet: to be checked while the old one holds. `proposed_for`: the number of
    the change that asks for it, which alone adopts or drops it."""
    made: NotificationEndpoint = contract.endpoints.create(
        function=function,
        channel=channel,
        for_test=for_test,
        url=checked_url(url),
        period=DateRange(empty=True),
        proposed_for=proposed_for,
    )
    return made


@transaction.atomic
def adopt(*, endpoint_id: int, day: datetime.date, now: datetime.datetime) -> NotificationEndpoint:
    """From `day` on the proposed URL is in force; the one before it ends the day before."""
    endpoint = locked(endpoint_id)
    if not endpoint.is_proposed:
        raise Refused("この通知先はすでに適用されているか、取りやめられています。画面を開き直してください。")
    before = NotificationEndpoint.objects.filter(
        contract=endpoint.contract_id,
        function=endpoint.function,
        channel=endpoint.channel,
        for_test=endpoint.for_test,
        period__overlap=DateRange(day, None),
    )
    _end_rows(before, day, now)
    endpoint.period = DateRange(day, None)
    endpoint.save(update_fields=["period"])
    return endpoint


@transaction.atomic
def drop_proposal(*, endpoint_id: int, now: datetime.datetime) -> None:
    """The change came to nothing; the checks made of its URL stay readable."""
    endpoint = locked(endpoint_id)
    if not endpoint.is_proposed:
        return
    endpoint.closed_at = now
    endpoint.save(update_fields=["closed_at"])
    _take_orders_back(endpoint, now)


@transaction.atomic
def end(
    *,
    contract: Contract,
    function: NotificationFunction,
    channel: str,
    for_test: bool,
    day: datetime.date,
    now: datetime.datetime,
) -> None:
    """From `day` on nothing is told there; what was in force stays readable."""
    _end_rows(
        contract.endpoints.filter(
            function=function, channel=channel, for_test=for_test, period__overlap=DateRange(day, None)
        ),
        day,
        now,
    )


@transaction.atomic
def end_all(*, contract: Contract, day: datetime.date, now: datetime.datetime) -> None:
    """Every 通知先 of a contract that ends, the proposed ones too (§3)."""
    for row in contract.endpoints.proposed():
        drop_proposal(endpoint_id=row.pk, now=now)
    _end_rows(contract.endpoints.filter(period__overlap=DateRange(day, None)), day, now)


# pieces -------------------------------------------------------------------------------------------


def _end_rows(rows: Any, day: datetime.date, now: datetime.datetime) -> None:
    """A row that had not begun stays as well, in force on no day, for its checks are kept."""
    for row in rows.select_for_update(of=("self",), no_key=True):
        if row.since < day:
            row.period = DateRange(row.since, day)
            row.save(update_fields=["period"])
        else:
            row.period, row.closed_at = DateRange(empty=True), now
            row.save(update_fields=["period", "closed_at"])
        _take_orders_back(row, now)


def locked(endpoint_id: int) -> NotificationEndpoint:
    """For this transaction. Locks are taken in the order application, endpoint, check order."""
    endpoint: NotificationEndpoint = (
        NotificationEndpoint.objects.select_for_update(of=("self",), no_key=True)
        .select_related("contract")
        .get(pk=endpoint_id)
    )
    return endpoint


def _new_url(
    endpoint: NotificationEndpoint,
    url: str,
    ready_on: datetime.date | None,
    ready_at: datetime.datetime | None,
    now: datetime.datetime,
) -> None:
    endpoint.url, endpoint.state = url, State.UNCHECKED
    endpoint.ready_on, endpoint.ready_at = ready_on, ready_at
    endpoint.save(update_fields=["url", "state", "ready_on", "ready_at"])
    _take_orders_back(endpoint, now)


def _take_orders_back(endpoint: NotificationEndpoint, now: datetime.datetime) -> None:
    """Checks of a URL that is the endpoint's no longer: what is measured of it meanwhile counts for nothing."""
    CheckOrder.objects.open().filter(endpoint=endpoint).update(done_at=now)
