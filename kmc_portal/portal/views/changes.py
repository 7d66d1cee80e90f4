"""変更申込 (§2.1b): choose items with documents, dates and fees before anything is made; choose them anew in a draft."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import Contract
from applications.models import Application
from applications.services import changes, drafts
from applications.workflow import Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, version_of
from kmc_portal.portal.changing import choice_context
from kmc_portal.portal.forms import ItemsForm

LOOK_FIRST = "選んだ項目の書類・日程・料金を表示しました。ご確認のうえ、もう一度ボタンを押してください。"


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PortalRequest, pk: int) -> HttpResponse:
    """GET with items shows what they take (also what htmx asks for); POST begins the application."""
    contract = request.access.contract(pk)
    made: list[Application] = []

    def write(form: ItemsForm) -> None:
        made.append(
            changes.start(
                contract=contract, items=form.chosen(), actor=request.access.user, now=timezone.now()
            )
        )

    if answer := _not_yet(request, contract, None, write):
        return answer
    messages.success(
        request, "変更申込を作成しました。まだ提出されていません。書類をそろえて提出してください。"
    )
    return redirect("portal:application", made[0].pk)


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def items(request: PortalRequest, pk: int) -> HttpResponse:
    """Choose the items anew, while the change is a draft or returned."""
    application = request.access.application(pk)
    if application.kind != Kind.CHANGE or application.state not in drafts.EDITABLE:
        messages.error(request, "いまの状態では、変更する項目を選び直せません。")
        return redirect("portal:application", pk)

    def write(form: ItemsForm) -> None:
        changes.choose_items(
            application_id=pk,
            version=version_of(request),
            items=form.chosen(),
            actor=request.access.user,
            now=timezone.now(),
        )

    if answer := _not_yet(request, application.own_contract, application, write):
        return answer
    messages.success(
        request, "変更する項目を選び直しました。必要な書類が変わることがあります。ご確認ください。"
    )
    return redirect("portal:application", pk)


def _not_yet(
    request: PortalRequest,
    contract: Contract,
    case: Application | None,
    write: Callable[[ItemsForm], None],
) -> HttpResponse | None:
    """The page as long as nothing is written: opened, to be looked at first, or refused."""
    form, status = ItemsForm(), 200
    look = case is None or "look" in request.GET  # else the draft's own choice
    codes = request.GET.getlist("items") if look else case.items if case else []
    if request.method == "POST":
        form, codes = ItemsForm(request.POST), request.POST.getlist("items")
        if form.is_valid() and not form.was_seen():
            messages.info(request, LOOK_FIRST)
        elif accepted(form, lambda: write(form)):
            return None
        else:
            status = 422
    context: dict[str, Any] = choice_context(
        request.access, contract, codes, date_of(timezone.now()), case=case
    )
    if case is not None:  # its version may have grown
        context["application"] = request.access.application(case.pk)
    return render(request, "portal/change_items.html", context | {"form": form}, status=status)
