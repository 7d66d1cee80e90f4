"""Submitting, and the versions that were submitted: they stay readable as they were sent."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.rules.plans import Option, Plan
from accounts.services import files
from applications.rules.changes import ChangeItem
from applications.services import form_files, submission
from applications.workflow import Action, Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal import sending
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import act, version_of
from kmc_portal.portal.cancelling import facts_of
from kmc_portal.portal.case_page import findings_context
from kmc_portal.portal.changing import changed_of_version
from kmc_portal.portal.views.cancellations import CHANGED


@customer_view
@require_POST
def submit(request: PortalRequest, pk: int) -> HttpResponse:
    application = request.access.application(pk)
    now = timezone.now()
    facts = facts_of(application, date_of(now))
    if facts is not None and facts.planned and request.POST.get("last_month") != str(facts.last_month):
        messages.warning(request, CHANGED)
        return redirect("portal:application", pk)
    consented = [int(text) for text in request.POST.getlist("consent") if text.isdecimal() and len(text) < 10]

    def write() -> None:
        submission.submit(
            application_id=pk,
            version=version_of(request),
            consented_editions=consented,
            actor=request.access.user,
            now=now,
        )

    done = "お申し込みの書類を受け取りました。控えのメールをお送りします。"
    return act(request, application, write, done=done, action=Action.SUBMIT)


@customer_view
@require_safe
def version(request: PortalRequest, pk: int, number: int) -> HttpResponse:
    found = request.access.submission(pk, number)
    content = found.content
    return render(
        request,
        "portal/version.html",
        {
            "application": request.access.application(pk),
            "submission": found,
            "plan": Plan(content["plan"]).label,
            "options": [Option(code).label for code in content["options"]],
            "files": request.access.submitted_files(found),
            "consents": found.consents.select_related("edition", "user"),
            "warnings": content["warnings"],
            "changed": changed_of_version(request.access, found),
            "items": [ChangeItem(code).label for code in content.get("items", [])],
            "is_cancellation": found.application.kind == Kind.CANCELLATION,
            **findings_context(request.access, found),
        },
    )


@customer_view
@require_safe
def submitted_file(request: PortalRequest, pk: int, number: int, file_pk: int) -> HttpResponse:
    found = request.access.submitted_file(pk, number, file_pk)
    what = f"{found.submission} {found.get_slot_display()}"
    return sending.stored(request, found.file, what=what, now=timezone.now())


@customer_view
@require_safe
def marked_file(request: PortalRequest, pk: int, number: int, file_pk: int) -> HttpResponse:
    """The customer's own workbook back, with the cells marked that staff found fault with."""
    found = request.access.submitted_file(pk, number, file_pk)
    marked = form_files.marked(sent=found)
    if marked is None:
        raise Http404
    files.log_download(
        request=request,
        user=request.access.user,
        what=f"{found.submission} {found.get_slot_display()}（指摘つき）",
        now=timezone.now(),
        file=found.file,
    )
    return sending.attachment(
        marked,
        name=f"指摘つき_{found.file.name}",
        content_type=found.file.content_type,
    )
