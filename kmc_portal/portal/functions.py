"""What the portal shows of a 通知先: its state, the last check and those before, and the forms to go on with (§1.7–1.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.urls import reverse

from accounts.models import CheckOrder, ConnectivityCheck, ContractState, NotificationEndpoint
from accounts.rules.plans import Channel, NotificationFunction
from accounts.services.connectivity import CHECKED_IN
from accounts.standing import SHOWN, standing_of
from applications.models import Application
from applications.services import functions
from applications.services.change_facts import endpoint_keys
from applications.services.evaluation import evaluate
from applications.services.form_keys import ENDPOINTS
from applications.workflow import Kind
from kmc_portal.portal.access import CompanyAccess
from kmc_portal.portal.forms import ReadyForm, TryForm, UrlForm

State = NotificationEndpoint.State


def function_rows(
    endpoints: Iterable[NotificationEndpoint],
    bound: Mapping[str, Form],
    application: Application | None = None,
) -> list[dict[str, Any]]:
    """For templates/portal/parts/functions.html. With an application its own page's forms come along."""
    return [_row(endpoint, bound, application) for endpoint in endpoints]


def _row(
    endpoint: NotificationEndpoint, bound: Mapping[str, Form], application: Application | None
) -> dict[str, Any]:
    open_case = application is None or application.state in functions.CHECKABLE
    checkable = endpoint.contract.state in CHECKED_IN and open_case
    can_say = application is not None and checkable and endpoint.state != State.OK
    prefix = f"url-{endpoint.pk}"
    return {
        "endpoint": endpoint,
        "standing": standing_of(endpoint),
        "said_ready": endpoint.ready_at is not None and endpoint.state != State.OK,
        "ready_form": bound.get(f"function-{endpoint.pk}") or ReadyForm(prefix=f"function-{endpoint.pk}"),
        "url_form": bound.get(prefix)
        or UrlForm(prefix=prefix, initial={"url": endpoint.url, "shown": endpoint.url}),
        "can_say": can_say,
        "can_check": checkable,
        "can_correct": checkable and endpoint.state != State.OK,
    }


def page_of(access: CompanyAccess, endpoint: NotificationEndpoint, case: str) -> str:
    """Where the customer came from: the page of their application (its number in `case`), or the contract's."""
    if case.isdecimal() and len(case) < 10:
        found = access.applications().filter(pk=int(case), contract=endpoint.contract_id).first()
        if found is not None:
            return f"{reverse('portal:application', args=[found.pk])}#functions"
    if endpoint.contract.state in (ContractState.ACTIVE, ContractState.PREPARING):
        return f"{reverse('portal:contract', args=[endpoint.contract_id])}#functions"
    return reverse("portal:applications")


# tries before submitting --------------------------------------------------------------------------


@dataclass(frozen=True)
class Try:
    """A URL of the uploaded forms, or one that was typed; with what came of trying it."""

    function: NotificationFunction
    channel: str
    for_test: bool
    label: str
    url: str
    order: CheckOrder | None
    check: ConnectivityCheck | None


def tries_context(
    access: CompanyAccess, application: Application, bound: Mapping[str, Form]
) -> dict[str, Any]:
    """For templates/portal/parts/tries.html; empty where no function is asked for."""
    asked = [row for row in ENDPOINTS if row.options <= set(application.options)]
    if application.kind == Kind.CHANGE:
        asked = list(endpoint_keys(application))
    if not asked or application.kind not in (Kind.NEW, Kind.CHANGE):
        return {}
    values = evaluate(application).values
    named = [
        (row.function, row.channel, row.for_test, str(values[row.key]))
        for row in asked
        if values.get(row.key)
    ]
    orders = {(row.function, row.url): row for row in access.open_tries()}
    checks: dict[tuple[str, str], ConnectivityCheck] = {}
    for check in access.tries()[: SHOWN * 3]:
        checks.setdefault((check.function, check.url), check)
    rows = [_try(*what, orders.get((what[0], what[3])), checks.get((what[0], what[3]))) for what in named]
    shown = {(row.function.value, row.url) for row in rows}
    typed = {key: orders.get(key) or checks[key] for key in (*orders, *checks) if key not in shown}
    others = [
        _try(
            NotificationFunction(row.function),
            row.channel,
            row.for_test,
            row.url,
            orders.get(key),
            checks.get(key),
        )
        for key, row in typed.items()
    ][:SHOWN]
    choices = list(dict.fromkeys((row.function.value, row.function.label) for row in asked))
    return {
        "tries": rows,
        "other_tries": others,
        "trying": any(row.order for row in (*rows, *others)),
        "try_form": bound.get("try") or TryForm(prefix="try", functions=choices),
    }


def _try(
    function: NotificationFunction,
    channel: str,
    for_test: bool,
    url: str,
    order: CheckOrder | None,
    check: ConnectivityCheck | None,
) -> Try:
    of = f"（{Channel.label_of(channel)}）" if channel else ""
    label = f"{function.label}{of}{'（試験用）' if for_test else ''}"
    return Try(function, channel, for_test, label, url, order, check)
