"""The search page of the admin. Plans and periodic jobs have modules of their own."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from kmc_portal.staff.search import SHORTEST, find


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    context = {
        **admin.site.each_context(request),
        "title": "検索",
        "text": text,
        "found": find(request, text),
        "too_short": 0 < len(text.strip()) < SHORTEST,
    }
    return TemplateResponse(request, "admin/find.html", context)
