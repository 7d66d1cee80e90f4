"""Notification functions: the customer's server is ready or needs time (§1.7), is checked, tried, and corrected (§1.9)."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import CheckCause, NotificationEndpoint
from accounts.rules.plans import NotificationFunction
from accounts.services import connectivity
from accounts.services.errors import Refused
from accounts.standing import standing_of
from applications.services import functions
from applications.services.drafts import EDITABLE
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, version_of
from kmc_portal.portal.case_page import case_context
from kmc_portal.portal.contract_page import contract_context
from kmc_portal.portal.forms import ReadyForm, UrlForm
from kmc_portal.portal.functions import page_of, tries_context
from kmc_portal.portal.uploading import application_url

ORDERED = "疎通確認を始めました。結果はこの画面に表示されます。"


@customer_view
@require_POST
def say_ready(request: PortalRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    request.access.application(pk)
    name = f"function-{endpoint_pk}"
    form = ReadyForm(request.POST, prefix=name)
    later = request.POST.get(f"{name}-when") == ReadyForm.LATER

    def write() -> None:
        functions.say_ready(
            application_id=pk,
            version=version_of(request),
            endpoint_id=endpoint_pk,
            ready_on=form.cleaned_data["ready_on"] if later else None,
            actor=request.access.user,
            now=timezone.now(),
        )

    if not accepted(form, write):
        context = case_context(request, request.access.application(pk), {name: form})
        return render(request, "portal/application.html", context, status=422)
    messages.success(request, "サーバーの準備状況をお預かりしました。" + ("" if later else ORDERED))
    return redirect(f"{application_url(pk)}#functions")


@customer_view
@require_safe
def result(request: PortalRequest, pk: int) -> HttpResponse:
    """The part of the page that waits for a check; asked for again while one runs."""
    found = standing_of(request.access.endpoint(pk))
    return render(request, "portal/parts/function_result.html", {"standing": found})


@customer_view
@require_POST
def check(request: PortalRequest, pk: int) -> HttpResponse:
    """今すぐ確認する。"""
    endpoint = request.access.endpoint(pk)
    _order(request, endpoint)
    return redirect(page_of(request.access, endpoint, request.POST.get("case", "")))


@customer_view
@require_POST
def correct_url(request: PortalRequest, pk: int) -> HttpResponse:
    """The corrected URL is checked at once, where the company has checks left."""
    endpoint = request.access.endpoint(pk)
    form = UrlForm(request.POST, prefix=f"url-{pk}")

    def write() -> None:
        functions.correct_url(
            endpoint_id=pk,
            shown=form.cleaned_data["shown"],
            url=form.cleaned_data["url"],
            actor=request.access.user,
            now=timezone.now(),
        )

    if not accepted(form, write):
        return _again(request, endpoint, form)
    messages.success(request, "通知先のURLを直しました。")
    _order(request, endpoint)
    return redirect(page_of(request.access, endpoint, request.POST.get("case", "")))


@customer_view
def tries(request: PortalRequest, pk: int) -> HttpResponse:
    """A URL tried before submitting: POST orders it, GET is the part of the page that waits for it."""
    application = request.access.application(pk)
    if application.state not in EDITABLE:
        raise Refused("提出の準備中だけ試せます。提出したURLは「通知機能と疎通確認」から確認できます。")
    context = tries_context(request.access, application, {})
    if not context:
        raise Refused("通知機能をお申し込みでないため、試すURLがありません。")
    if request.method != "POST":
        return render(request, "portal/parts/tries_results.html", context | {"application": application})
    form = type(context["try_form"])(
        request.POST, prefix="try", functions=context["try_form"].fields["function"].choices
    )
    asked = request.POST.get("row", "")

    def write() -> None:
        row = next((row for row in context["tries"] if f"{row.label} {row.url}" == asked), None)
        connectivity.order(
            endpoint=None,
            customer=request.access.customer,
            function=row.function if row else NotificationFunction(form.cleaned_data["function"]),
            channel=row.channel if row else "",
            for_test=row.for_test if row else False,
            url=form.cleaned_data["url"],
            cause=CheckCause.CUSTOMER,
            actor=request.access.user,
            now=timezone.now(),
        )

    if not accepted(form, write):
        return render(
            request, "portal/application.html", case_context(request, application, {"try": form}), status=422
        )
    messages.success(request, ORDERED)
    return redirect(f"{application_url(pk)}#tries")


def _order(request: PortalRequest, endpoint: NotificationEndpoint) -> None:
    try:
        connectivity.order_by(endpoint_id=endpoint.pk, actor=request.access.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, ORDERED)


def _again(request: PortalRequest, endpoint: NotificationEndpoint, form: Form) -> HttpResponse:
    """The page it came from, with what was typed and why it was refused."""
    bound = {str(form.prefix): form}
    case = request.POST.get("case", "")
    if case.isdecimal() and len(case) < 10:
        application = request.access.application(int(case))
        context = case_context(request, application, bound)
        return render(request, "portal/application.html", context, status=422)
    context = contract_context(request, request.access.contract(endpoint.contract_id), bound)
    return render(request, "portal/contract.html", context, status=422)
