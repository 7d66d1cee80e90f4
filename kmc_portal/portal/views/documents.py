"""The papers of a draft: pre-filled forms out, filled-in files in, each read at once."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.services.errors import Refused
from applications.rules.forms import FORMS
from applications.services import drafts, form_files
from applications.services.evaluation import part_of
from applications.workflow import Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal import sending
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import act, version_of
from kmc_portal.portal.uploading import application_url, stopped_upload, too_large_message


@customer_view
@require_safe
def prefilled_form(request: PortalRequest, pk: int, code: str) -> HttpResponse:
    """A form to fill in that already holds what we know of the company, the contract, the choice and the draft."""
    application = request.access.application(pk)
    if code not in FORMS:
        raise Http404
    form = form_files.prefilled(
        form_code=code,
        application=application,
        customer=request.access.customer,
        day=date_of(timezone.now()),
    )
    return sending.attachment(form, name=FORMS[code].file_name, content_type=sending.WORKBOOK)


@customer_view
@require_POST
def attach(request: PortalRequest, pk: int) -> HttpResponse:
    """Any number of files at once; one that is too large was already stopped on its way in."""
    application = request.access.application(pk)
    back = redirect(f"{application_url(pk)}#documents")
    if too_large := stopped_upload(request):
        messages.error(request, too_large_message(too_large))
        return back
    uploads = [
        drafts.Upload(name=file.name or "", data=file.read(), slot=request.POST.get("slot", ""))
        for file in request.FILES.getlist("files")
    ]
    try:
        made = drafts.attach(
            application_id=pk,
            version=version_of(request),
            uploads=uploads,
            actor=request.access.user,
            now=timezone.now(),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back
    faulty = sum(fault.severity == "blocking" for attachment in made for fault in part_of(attachment).faults)
    if faulty:
        messages.warning(
            request, f"{len(made)}件のファイルを読み取りました。直していただく点が{faulty}件あります。"
        )
    else:
        rest = "ファイルの中に直す点はありません。"
        if application.kind == Kind.CHANGE:  # what was declared and what differs is compared over all files
            rest = "お申し込みの項目と合わない点がある場合は、下に表示されます。"
        messages.success(request, f"{len(made)}件のファイルを読み取りました。{rest}")
    return back


@customer_view
@require_safe
def attachment(request: PortalRequest, pk: int, attachment_pk: int) -> HttpResponse:
    found = request.access.attachment(pk, attachment_pk)
    return sending.stored(request, found.file, what=f"{found.application.number} {found}", now=timezone.now())


@customer_view
@require_POST
def detach(request: PortalRequest, pk: int, attachment_pk: int) -> HttpResponse:
    application = request.access.application(pk)

    def write() -> None:
        drafts.detach(
            application_id=pk,
            version=version_of(request),
            attachment_id=attachment_pk,
            actor=request.access.user,
            now=timezone.now(),
        )

    return act(request, application, write, done="書類を取り外しました。", action="detach")
