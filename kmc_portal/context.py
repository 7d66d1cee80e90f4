"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from accounts.services import settings as values


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "max_upload_mib": settings.MAX_UPLOAD_MIB,
        "window_mail": lambda: values.get("service_window_mail"),  # read only where a page shows it
    }
