"""Notification functions: the customer's server is ready, or needs time until a day (§1.7)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from applications.services import setup
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, version_of
from kmc_portal.portal.case_page import case_context
from kmc_portal.portal.forms import ReadyForm
from kmc_portal.portal.uploading import application_url


@customer_view
@require_POST
def say_ready(request: PortalRequest, pk: int, endpoint_pk: int) -> HttpResponse:
    request.access.application(pk)
    name = f"function-{endpoint_pk}"
    form = ReadyForm(request.POST, prefix=name)

    def write() -> None:
        later = form.cleaned_data["when"] == ReadyForm.LATER
        setup.say_ready(
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
    messages.success(request, "サーバーの準備状況をお預かりしました。")
    return redirect(f"{application_url(pk)}#functions")
