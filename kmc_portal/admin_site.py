"""The admin's site: staff log in by allauth, like everybody."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class KmcAdminSite(UnfoldAdminSite):
    index_title = "ホーム"
    site_url = None
    enable_nav_sidebar = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = secure_admin_login(super().login)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))
