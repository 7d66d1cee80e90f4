"""The project's own app (commands, templates, static files) and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "kmc_portal"
    verbose_name = "KMC 業務ポータル"

    def ready(self) -> None:
        from kmc_portal import celery  # noqa: F401  shared_task needs the app


class KmcAdminConfig(AdminConfig):
    default_site = "kmc_portal.admin_site.KmcAdminSite"
