"""The admin's site: staff log in by allauth, like everybody."""

import time
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

NOT_OURS = ("view_on_site", "autocomplete")


class KmcAdminSite(UnfoldAdminSite):
    index_title = "ホーム"
    site_url = None
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The common login page, with its lock-out."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def get_urls(self) -> list[Any]:
        """Without Django's pages that nothing here leads to."""
        return [url for url in super().get_urls() if getattr(url, "name", "") not in NOT_OURS]

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model. Imported here: the site is made before there are models."""
        from kmc_portal.staff import jobs, plans, segments, views

        return [
            path("find/", self.admin_view(views.search_page), name="find"),
            path("plans/", self.admin_view(plans.plans_view), name="plans"),
            path("jobs/", self.admin_view(jobs.jobs_view), name="jobs"),
            path("jobs/<int:pk>/", self.admin_view(jobs.job_view), name="job"),
            path("jobs/<int:pk>/again/", self.admin_view(jobs.again_view), name="job_again"),
            path("segments/", self.admin_view(segments.segments_view), name="segments"),
        ]

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The theme's quick search, over our objects and never from a cache."""
        from kmc_portal.staff.search import command

        begun = time.monotonic()
        results = Paginator(command(request, request.GET.get("s", "")), 100)
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            {
                "page_obj": results,
                "results": results.page(1),
                "page_counter": 0,
                "execution_time": time.monotonic() - begun,
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One way for everybody to change a password."""
        return redirect("account_change_password")
