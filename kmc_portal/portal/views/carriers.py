"""Carriers' remarks: a thread with us, per carrier (§1.4 ※3, §1.5 ※3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import StoredFile
from applications.services import carriers
from kmc_portal.portal import sending
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted, version_of
from kmc_portal.portal.case_page import case_context
from kmc_portal.portal.forms import ReplyForm
from kmc_portal.portal.uploading import application_url, stopped_upload, too_large_message


@customer_view
@require_POST
def reply(request: PortalRequest, pk: int, review_pk: int) -> HttpResponse:
    application = request.access.application(pk)
    name = f"reply-{review_pk}"
    form = ReplyForm(request.POST, request.FILES, prefix=name)
    if too_large := stopped_upload(request):
        form.add_error("file", too_large_message(too_large))

    def write() -> None:
        now, upload = timezone.now(), form.cleaned_data["file"]
        file: StoredFile | None = None
        version = version_of(request)
        if upload is not None:
            file = carriers.keep_file(
                name=upload.name,
                data=upload.read(),
                customer=request.access.customer,
                actor=request.access.user,
                now=now,
            )
        carriers.reply(
            application_id=pk,
            version=version,
            review_id=review_pk,
            text=form.cleaned_data["text"],
            file=file,
            actor=request.access.user,
            now=now,
        )

    if not accepted(form, write):
        context = case_context(request, request.access.application(pk), {name: form})
        return render(request, "portal/application.html", context, status=422)
    messages.success(request, "回答をお預かりしました。担当者がキャリアへお伝えします。")
    return redirect(f"{application_url(application.pk)}#carrier-{review_pk}")


@customer_view
@require_safe
def file(request: PortalRequest, pk: int, message_pk: int) -> HttpResponse:
    message = request.access.carrier_message(pk, message_pk)
    assert message.file is not None, "fetched with a file only"
    return sending.stored(request, message.file, what=f"{message.review} の添付", now=timezone.now())
