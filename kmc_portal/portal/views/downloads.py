"""Everything to fetch: account notices, materials by edition, blank forms."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.services import materials, notices
from applications.rules.forms import FORMS
from applications.services import form_files
from kmc_portal.lib.jst import date_of
from kmc_portal.portal import sending
from kmc_portal.portal.access import PortalRequest, customer_view


@customer_view
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    today = date_of(timezone.now())
    issued = list(request.access.notices().select_related("contract"))
    return render(
        request,
        "portal/downloads.html",
        {
            "notices": issued,
            "has_test_account": any(
                row["is_test"] for one in issued for row in one.content["official_accounts"]
            ),
            "materials": [
                {"edition": edition, "refusal": refusal}
                for edition, refusal in request.access.materials(today)
            ],
            "forms": FORMS.values(),
        },
    )


@customer_view
@require_safe
def notice(request: PortalRequest, pk: int) -> HttpResponse:
    """アカウント通知書 as PDF; made at first need."""
    found = request.access.notice(pk)
    file = notices.pdf(notice=found)
    return sending.stored(request, file, what=f"アカウント通知書 {found.number}", now=timezone.now())


@customer_view
@require_safe
def material(request: PortalRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    edition = request.access.material(pk, date_of(now))
    if refusal := materials.refusal(customer=request.access.customer, edition=edition):
        messages.error(request, f"{edition}：{refusal}")
        return redirect("portal:downloads")
    return sending.stored(request, edition.file, what=str(edition), now=now)


@customer_view
@require_safe
def blank_form(request: PortalRequest, code: str) -> HttpResponse:
    if code not in FORMS:
        raise Http404
    return sending.attachment(
        form_files.blank(code), name=FORMS[code].file_name, content_type=sending.WORKBOOK
    )
