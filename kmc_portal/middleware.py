"""Headers that every answer carries, and requests that nobody can read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        "script-src 'self' {script}",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "object-src 'none'",
    )
)
# The admin's theme evaluates Alpine expressions in attributes; the customers' pages need none of that.
ADMIN_SCRIPTS = "'unsafe-inline' 'unsafe-eval'"


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        scripts = ADMIN_SCRIPTS if request.path.startswith("/admin/") else ""
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(script=scripts))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class KnownMethodsMiddleware:
    """405, in words, for what no page of ours does: Django's admin would answer a DELETE like a GET."""

    KNOWN = ("GET", "HEAD", "POST")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        allowed = ", ".join(self.KNOWN)
        if request.method in self.KNOWN:
            response = self.get_response(request)
            if response.status_code != 405:
                return response
            allowed = response.headers.get("Allow", allowed)
        answer = render(request, "405.html", status=405)
        answer.headers["Allow"] = allowed
        return answer


class UnreadableRequestMiddleware:
    """400 for what nothing of ours could work with: NUL in an address (PostgreSQL has none), forms not in UTF-8."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _has_nul(request) or _is_in_another_encoding(request):
            return render(request, "400.html", status=400)
        return self.get_response(request)


def _has_nul(request: HttpRequest) -> bool:
    given = (text for name, values in request.GET.lists() for text in (name, *values))
    return "\0" in request.path or any("\0" in text for text in given)


def _is_in_another_encoding(request: HttpRequest) -> bool:
    """Django refuses to read such a form, each time it is asked for it: on the way to the error page, too."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    return request.content_type == "application/x-www-form-urlencoded" and charset.lower() not in (
        "utf-8",
        "utf8",
    )
