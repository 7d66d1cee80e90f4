"""A customer's browser on the portal: opens pages, presses the buttons that stand on them, reads the answers."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications.models import Application

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Portal:
    """One logged-in person. `page` and `text` are the last answer, redirects followed."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(
        self, name: str, *args: object, query: dict[str, Any] | None = None, **kwargs: object
    ) -> HttpResponse:
        url = reverse(f"portal:{name}", args=args or None, kwargs=kwargs or None)
        self.page = self.client.get(url, query or {}, follow=True)
        return self.page

    def post(
        self, name: str, *args: object, data: dict[str, Any] | None = None, follow: bool = True
    ) -> HttpResponse:
        self.page = self.client.post(reverse(f"portal:{name}", args=args), data or {}, follow=follow)
        return self.page

    @property
    def html(self) -> str:
        return str(self.page.content.decode())

    @property
    def text(self) -> str:
        """What stands on the page, tags taken out and white space evened."""
        return readable(self.html)

    @property
    def messages(self) -> list[str]:
        found = re.search(r'<ul class="messages".*?</ul>', self.html, re.DOTALL)
        return [readable(row) for row in re.findall(r"<li.*?</li>", found[0], re.DOTALL)] if found else []

    def shown_version(self, application: Application, on: str = "application") -> str:
        """The version that the forms of a page of the application carry."""
        self.get(on, application.pk)
        return re.findall(r'name="version" value="(\d+)"', self.html)[0]

    def upload(
        self, application: Application, *files: tuple[str, bytes], slot: str = "", version: str | None = None
    ) -> HttpResponse:
        data: dict[str, Any] = {
            "version": version or self.shown_version(application),
            "files": [SimpleUploadedFile(name, content) for name, content in files],
        }
        if slot:
            data["slot"] = slot
        return self.post("attach", application.pk, data=data)

    def consents(self, application: Application) -> list[str]:
        self.get("application", application.pk)
        return re.findall(r'name="consent" value="(\d+)"', self.html)

    def submit(self, application: Application) -> HttpResponse:
        consents = self.consents(application)
        version = self.shown_version(application)
        return self.post("submit", application.pk, data={"version": version, "consent": consents})


def readable(html: str) -> str:
    body = re.sub(r"<(script|style|head).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()


def dense(text: str) -> str:
    """Without any white space, where a sentence is broken by tags."""
    return re.sub(r"\s+", "", text)


@pytest.fixture
def portal_of(client_for: Callable[[User], Client]) -> Callable[[User], Portal]:
    return lambda user: Portal(client_for(user))
