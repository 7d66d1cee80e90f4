"""The account notice before it is issued: what it would say today."""

import datetime
from typing import Any

from django.urls import reverse

from accounts.services import notices
from applications.models import Application
from kmc_portal.lib.jst import date_of


def draft_context(application: Application, now: datetime.datetime) -> dict[str, Any]:
    """The content of the next edition as if it were issued today, and where its PDF can be looked at."""
    contract = application.contract
    if contract is None or contract.number is None:
        return {"notice_draft": None}
    return {
        "notice_draft": notices.draft_content(contract=contract, day=date_of(now)),
        "notice_draft_pdf": reverse("admin:applications_application_own_notice", args=[application.pk]),
    }
