"""Files on their way to the customer: always as a download, never shown in the page's own origin."""

import datetime

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from accounts.models import StoredFile
from accounts.services import files
from kmc_portal.portal.access import PortalRequest

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(data: bytes, *, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def stored(request: PortalRequest, file: StoredFile, *, what: str, now: datetime.datetime) -> HttpResponse:
    """A kept file; what is confidential leaves a line in the log of downloads."""
    if file.confidential:
        files.log_download(request=request, user=request.access.user, what=what, now=now, file=file)
    return attachment(files.read(file), name=file.name, content_type=file.content_type)
