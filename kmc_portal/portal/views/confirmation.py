"""内容確認依頼 (§1.3 ※2): what was sent and what we registered side by side; confirmed, or objected to with a reason."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from applications.models import Application
from applications.services import confirmation
from applications.services.comparison import compare, differences
from applications.workflow import Action, Kind, State
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, act, version_of
from kmc_portal.portal.cancelling import cancellation_context
from kmc_portal.portal.changing import change_context
from kmc_portal.portal.forms import ObjectionForm

HEADS: dict[Kind, tuple[str, str]] = {
    Kind.NEW: ("登録内容の確認", "お申し込みいただいた内容と、当社の登録内容を並べています。"),
    Kind.RELEASE: ("内容の確認", "お申し込みの内容です。"),
    Kind.CHANGE: ("変更内容の確認", "変更が完了すると、右の内容に変わります。"),
    Kind.CANCELLATION: ("解約の内容の確認", "最後のご利用日と料金をご確認ください。"),
}


@customer_view
@require_safe
def show(request: PortalRequest, pk: int) -> HttpResponse:
    return _page(request, request.access.application(pk), ObjectionForm())


@customer_view
@require_POST
def confirm(request: PortalRequest, pk: int) -> HttpResponse:
    application = request.access.application(pk)

    def write() -> None:
        confirmation.confirm(
            application_id=pk, version=version_of(request), actor=request.access.user, now=timezone.now()
        )

    done = "登録内容を確認済みにしました。ありがとうございます。"
    return act(request, application, write, done=done, action=Action.CONFIRM)


@customer_view
@require_POST
def object_(request: PortalRequest, pk: int) -> HttpResponse:
    application = request.access.application(pk)
    form = ObjectionForm(request.POST)

    def write() -> None:
        confirmation.object_(
            application_id=pk,
            version=version_of(request),
            reason=form.cleaned_data["reason"],
            actor=request.access.user,
            now=timezone.now(),
        )

    if not accepted(form, write):
        return _page(request, request.access.application(pk), form)
    messages.success(
        request, "違っている点をお預かりしました。担当者が見直し、あらためてご確認をお願いします。"
    )
    return redirect("portal:application", application.pk)


def _page(request: PortalRequest, application: Application, form: ObjectionForm) -> HttpResponse:
    today = date_of(timezone.now())
    groups = compare(application, today)
    title, lead = HEADS[application.kind_value]
    return render(
        request,
        "portal/confirmation.html",
        {
            "application": application,
            "title": title,
            "lead": lead,
            "groups": groups,
            **change_context(request.access, application, today, None),
            **cancellation_context(application, today),
            "differences": differences(groups),
            "form": form,
            "asked": application.state_value is State.CONFIRMING,
        },
        status=422 if form.is_bound else 200,
    )
