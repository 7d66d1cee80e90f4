"""The admin's navigation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def environment(request: HttpRequest) -> list[str] | None:
    return ["デモ環境", "warning"] if settings.DEMO else None


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    return []
