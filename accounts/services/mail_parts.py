"""What only delivery may make: secrets in the text, and attached documents."""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.models import AccountNotice, StoredFile, User
from accounts.services import files, notices
from accounts.services import settings as values
from accounts.services.outbox import placeholder


class NotReady(Exception):
    """An attachment cannot be made just now; the mail is tried again later."""


def make_secrets(recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """{name: text} for the row's recipes ({name: {"make": …}}); for the mail's text alone, never to be kept."""
    return {name: _SECRETS[recipe["make"]](recipe) for name, recipe in recipes.items()}


def fill_in(body: str, secrets: Mapping[str, str]) -> str:
    for name, value in secrets.items():
        body = body.replace(placeholder(name), value)
    return body


def attachment(recipe: Mapping[str, Any]) -> tuple[str, bytes, str]:
    """(file name, bytes, content type)"""
    return _ATTACHMENTS[recipe["kind"]](recipe)


def password_link(recipe: Mapping[str, Any]) -> str:
    """A fresh link with which this user sets a password; it dies with the next password or after the set days."""
    user = User.objects.get(pk=recipe["user"])
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _, token = key.partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    return f"{settings.SITE_URL}{path}"


def support_site_password(recipe: Mapping[str, Any]) -> str:
    return str(values.get("support_site_password"))


def account_notice(recipe: Mapping[str, Any]) -> tuple[str, bytes, str]:
    notice = AccountNotice.objects.get(pk=recipe["id"])
    return notices.pdf_name(notice), notices.pdf_bytes(notice=notice), "application/pdf"


def stored_file(recipe: Mapping[str, Any]) -> tuple[str, bytes, str]:
    """Any kept file, as it is: for documents of the applications above this one."""
    file = StoredFile.objects.get(pk=recipe["id"])
    return file.name, files.read(file), file.content_type


_SECRETS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "password_link": password_link,
    "support_site_password": support_site_password,
}
_ATTACHMENTS: dict[str, Callable[[Mapping[str, Any]], tuple[str, bytes, str]]] = {
    "account_notice": account_notice,
    "stored_file": stored_file,
}
