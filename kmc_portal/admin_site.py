"""The admin's site: staff log in by allauth, like everybody. Pages that belong to no model stand in EXTRA_VIEWS."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

EXTRA_VIEWS = (  # address, name under `admin:`, view; by path, for the views need the models
    ("plans/", "plans", "kmc_portal.staff.plans.plans_view"),
    ("jobs/", "jobs", "kmc_portal.staff.jobs.jobs_view"),
)


class KmcAdminSite(UnfoldAdminSite):
    index_title = "ホーム"
    site_url = None
    enable_nav_sidebar = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = secure_admin_login(super().login)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        extra = [
            path(address, self.admin_view(import_string(view)), name=name)
            for address, name, view in EXTRA_VIEWS
        ]
        return [*extra, *super().get_urls()]
