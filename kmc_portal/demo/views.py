"""Filled-in samples that fit the application at hand, for whoever tries the demo."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.rules.plans import Option, Plan
from applications.models import Application
from applications.services.drafts import Upload
from kmc_portal.demo import papers
from kmc_portal.demo.companies import Company, Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
}

PREFIX = {"good": "見本（正しい）", "faulty": "見本（不備あり）"}  # both have the form's own name


@require_safe
@customer_view
def sample(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One of SAMPLES for the customer's own application; outside the demo there are none."""
    if not settings.DEMO or name not in SAMPLES:
        raise Http404
    application = cast(PortalRequest, request).access.application(pk)
    upload = SAMPLES[name](application)
    if upload is None:
        raise Http404
    return HttpResponse(
        upload.data,
        content_type=TYPES[upload.name.rpartition(".")[2]],
        headers={
            "Content-Disposition": content_disposition_header(
                True, f"{PREFIX.get(name, '見本')}_{upload.name}"
            )
        },
    )


def _company(application: Application) -> Company:
    return Company(
        name=application.customer.name,
        kana="ミホンカブシキガイシャ",
        domain=f"company{application.customer.pk}.example.jp",
        goal=Goal.DRAFT,
        plan=Plan(application.plan),
        options=frozenset(Option(code) for code in application.options),
    )


def _upload(application: Application, *, good: bool, wanted: str) -> Upload | None:
    uploads = papers.application_uploads(_company(application), date_of(timezone.now()), good=good)
    found = {upload.slot or ("sms-result" if "別紙" in upload.name else "form"): upload for upload in uploads}
    return found.get(wanted)


def _release(application: Application) -> Upload:
    return papers.release_uploads(_company(application), date_of(timezone.now()))[0]


SAMPLES: dict[str, Callable[[Application], Upload | None]] = {
    "good": lambda application: _upload(application, good=True, wanted="form"),
    "faulty": lambda application: _upload(application, good=False, wanted="form"),
    "sms-result": lambda application: _upload(application, good=True, wanted="sms-result"),
    "icon": lambda application: _upload(application, good=True, wanted="icon"),
    "logo": lambda application: _upload(application, good=True, wanted="logo"),
    "banner": lambda application: _upload(application, good=True, wanted="banner"),
    "release": _release,
}
