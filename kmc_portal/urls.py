"""Every address of the site. tests/test_access.py names who may open each."""

from django.contrib import admin
from django.urls import include, path

from kmc_portal import health
from kmc_portal.portal.views import home

urlpatterns = [
    path("", home.front, name="front"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("kmc_portal.account_urls")),
    path("portal/", include("kmc_portal.portal.urls")),
    path("samples/", include("kmc_portal.demo.urls")),
    path("admin/", admin.site.urls),
]
