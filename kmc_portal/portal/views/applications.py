"""Applications: the list, a new one, the page of one, choosing anew, withdrawing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.services import settings
from applications.models import Application
from applications.services import closing, drafts
from applications.services.change_facts import items_of
from applications.services.transitions import steps_for
from applications.workflow import Action, Kind, State
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, version_of
from kmc_portal.portal.case_page import case_context
from kmc_portal.portal.choices import choice_context
from kmc_portal.portal.forms import ChoiceForm, ReasonForm


@customer_view
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    rows = [
        {"application": row, "items": [item.label for item in items_of(row)]}
        for row in request.access.applications()
    ]
    return render(request, "portal/applications.html", {"rows": rows})


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PortalRequest) -> HttpResponse:
    """GET with a choice shows what it entails (also what htmx asks for); POST begins the application."""
    if request.method != "POST":
        return render(request, "portal/application_new.html", _choice(request))
    form = ChoiceForm(request.POST)
    made: list[Application] = []

    def write() -> None:
        made.append(
            drafts.start(
                customer=request.access.customer,
                plan=form.plan_chosen(),
                options=form.options_chosen(),
                delivery_method=form.method_chosen(),
                actor=request.access.user,
                now=timezone.now(),
            )
        )

    if not accepted(form, write):
        return render(request, "portal/application_new.html", choice_context(form, request.POST), status=422)
    messages.success(request, "お申し込みを作成しました。書類をそろえて提出してください。")
    return redirect("portal:application", made[0].pk)


@customer_view
@require_safe
def show(request: PortalRequest, pk: int) -> HttpResponse:
    return render(request, "portal/application.html", case_context(request, request.access.application(pk)))


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: PortalRequest, pk: int) -> HttpResponse:
    """Choose plan and options anew, while the application is a draft or returned."""
    application = request.access.application(pk)
    if application.kind != Kind.NEW or application.state not in drafts.EDITABLE:
        messages.error(request, "いまの状態では、プランとオプションを変更できません。")
        return redirect("portal:application", pk)
    if request.method != "POST":
        first = {
            "plan": application.plan,
            "delivery_method": application.delivery_method,
            "options": application.options,
        }
        return render(
            request, "portal/application_choice.html", _choice(request, first) | {"application": application}
        )
    form = ChoiceForm(request.POST)

    def write() -> None:
        drafts.choose(
            application_id=pk,
            version=version_of(request),
            plan=form.plan_chosen(),
            options=form.options_chosen(),
            delivery_method=form.method_chosen(),
            actor=request.access.user,
            now=timezone.now(),
        )

    if not accepted(form, write):
        context = choice_context(form, request.POST) | {"application": request.access.application(pk)}
        return render(request, "portal/application_choice.html", context, status=422)
    messages.success(request, "プランとオプションを変更しました。必要な書類をご確認ください。")
    return redirect("portal:application", pk)


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    """取下げ, asked once more before it is done."""
    application = request.access.application(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def write() -> None:
        closing.withdraw(
            application_id=pk,
            version=version_of(request),
            reason=form.cleaned_data["reason"],
            actor=request.access.user,
            now=timezone.now(),
        )

    if request.method == "POST" and accepted(form, write):
        messages.success(request, f"お申し込み {application.number} を取り下げました。")
        return redirect("portal:application", pk)
    application = request.access.application(pk)
    context = {
        "application": application,
        "form": form,
        "refusal": _refusal(request, application, Action.WITHDRAW),
    }
    return render(request, "portal/withdraw.html", context, status=422 if request.method == "POST" else 200)


def _refusal(request: PortalRequest, application: Application, action: Action) -> str:
    steps = {step.action: step for step in steps_for(request.access.user, application)}
    if application.state_value is State.ENDING:
        window = settings.get("service_window_mail")
        return (
            "解約は確定しているため、取り下げられません。引き続きのご利用をご希望の場合は、最後のご利用日より前に、"
            f"申込番号を添えてお客様窓口（{window}）へご連絡ください。"
        )
    if action not in steps:
        return "このお申し込みの手続きは終わっているため、取り下げられません。"
    return steps[action].refusal or ""


def _choice(request: PortalRequest, first: dict[str, Any] | None = None) -> dict[str, Any]:
    """The choice as the address has it, else the one to begin with."""
    if "plan" in request.GET:
        return choice_context(ChoiceForm(), request.GET)
    return choice_context(ChoiceForm(), first or {})
