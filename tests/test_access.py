"""Every URL of the site × who may open it, in tables with literal outcomes (tests/access/).

A URL without a line fails, and a line without a URL. Every request is undone, so that each person finds the same.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.contrib.messages import ERROR, get_messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.admin_table import ACCOUNTS, APPLICATIONS, SITE
from tests.access.billing_table import PRICES
from tests.access.close_table import CLOSE
from tests.access.portal_table import PORTAL
from tests.access.posted import FROM_PAGE, POSTED
from tests.access.stage import PEOPLE, STAFF, Stage

PLACES = {"/portal/": "portal", "/admin/": "staff", "/": "front"}
CATCH_ALL = "admin/(?P<url>.*)"


@dataclass(frozen=True)
class Line:
    method: str
    name: str
    arguments: dict[str, str]
    label: str
    outcomes: dict[str, str]

    @property
    def key(self) -> str:
        return " ".join(
            filter(None, [self.name, *(f"{k}={v}" for k, v in self.arguments.items()), self.label])
        )


def read(table: str) -> list[Line]:
    """Lines of ten outcomes, or of six: staff's, where everybody else is sent to the login page."""
    lines = []
    for text in table.strip().splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        method, name, *rest = text.split()
        arguments = dict(word.split("=") for word in rest if "=" in word)
        label = next((word for word in rest if word.startswith("!")), "")
        outcomes = [word for word in rest if "=" not in word and word != label]
        if len(outcomes) == len(STAFF):
            outcomes = ["login"] * (len(PEOPLE) - len(STAFF)) + outcomes
        lines.append(Line(method, name, arguments, label, dict(zip(PEOPLE, outcomes, strict=True))))
    return lines


TABLES = {
    "portal": read(PORTAL),
    "site": read(SITE),
    "applications": read(APPLICATIONS),
    "accounts": read(ACCOUNTS),
    "prices": read(PRICES),
    "close": read(CLOSE),
}


@pytest.mark.parametrize("table", TABLES)
def test_everybody_gets_at_every_url_what_the_table_says(
    db: None, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    caplog.set_level(logging.ERROR, "django.request")  # a refusal is no news here
    stage = Stage()
    wrong = []
    for line in TABLES[table]:
        for who in PEOPLE:
            found = outcome(stage, who, line)
            if found != line.outcomes[who]:
                wrong.append(
                    f"{line.method} {line.key} as {who}: {line.outcomes[who]} expected, {found} found"
                )
    assert not wrong, "\n".join(wrong)


def test_every_url_has_a_line_and_every_line_a_url() -> None:
    assert {line.name for table in TABLES.values() for line in table} == set(named_urls())


def test_every_deed_of_the_admin_has_a_line_that_does_it() -> None:
    lines = {
        (line.name, line.arguments.get("deed"))
        for table in TABLES.values()
        for line in table
        if line.method == "POST"
    }
    missing = []
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        deeds = [(f"{name}_do", deed.name) for deed in getattr(page, "deeds", ())]
        deeds += [(f"{name}_list_do", deed.name) for deed in getattr(page, "list_deeds", ())]
        missing += [deed for deed in deeds if deed not in lines]
    assert missing == []


def outcome(stage: Stage, who: str, line: Line) -> str:
    """What this person gets; whatever was done is undone."""
    named = [value for name, value in line.arguments.items() if name.endswith("pk") or name == "object_id"]
    known = [name for name in named if not name.isdecimal()]
    story = stage.owner(known[0] if known else "draft")
    values = {name: stage.value(text) if text in known else text for name, text in line.arguments.items()}
    url = "/admin/nowhere/" if line.name == CATCH_ALL else reverse(line.name, kwargs=values)
    data = POSTED[line.key](stage) if line.method == "POST" and line.key in POSTED else {}
    if data.get("seen") == FROM_PAGE:
        page = stage.client("root", story).get(url).content.decode()
        data["seen"] = re.findall(r'name="seen" value="(\w+)"', page)[0]
    client = stage.client(who, story)
    cookies = client.cookies.copy()
    cache.clear()  # rate limits are not meant here
    try:
        with transaction.atomic():
            response = client.post(url, data) if line.method == "POST" else client.get(url)
            found = judge(line, response)
            raise Undo
    except Undo:
        client.cookies = cookies
    return found


class Undo(Exception):
    """Nothing that was done stays done."""


def judge(line: Line, response: HttpResponse) -> str:
    said = any(message.level == ERROR for message in get_messages(response.wsgi_request))  # type: ignore[attr-defined]
    if response.status_code in (301, 302, 303):
        path = response["Location"].split("?")[0].split("#")[0]
        if path in ("/account/login/", "/admin/login/"):
            return "login"
        return PLACES.get(path) or ("refused" if said else "ok")
    if response.status_code == 422 or (response.status_code == 200 and said):
        return "refused"
    if response.status_code == 200:
        return "shown" if line.method == "POST" else "ok"
    return str(response.status_code)


def named_urls() -> Iterator[str]:
    def walk(patterns: list[URLPattern | URLResolver], prefix: str, space: str) -> Iterator[str]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                yield from walk(pattern.url_patterns, route, inner)
            else:
                yield f"{space}{pattern.name}" if pattern.name else re.sub(r"[\^$]", "", route)

    yield from walk(get_resolver().url_patterns, "", "")
