"""Cookies and transport where the site runs on HTTPS: another process with the environment of a real server."""

import json

import pytest

from tests.faults import process

SETTINGS = """
import json
from django.conf import settings as s
from django.test import Client
plain = Client().get("/account/login/")
secure = Client().get("/account/login/", secure=True)
cookies = {name: (bool(c["secure"]), bool(c["httponly"]), c["samesite"]) for name, c in secure.cookies.items()}
print(json.dumps({"plain": plain.status_code, "to": plain.headers.get("Location"), "secure": secure.status_code,
    "hsts": secure.headers.get("Strict-Transport-Security"), "cookies": cookies,
    "session": [s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE]}))
"""


def ask(**environment: str) -> dict[str, object]:
    done = process.run(SETTINGS, **environment)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.django_db(transaction=True)
def test_with_https_cookies_are_for_https_only_and_plain_http_is_sent_there() -> None:
    said = ask(HTTPS="on")
    assert (said["plain"], said["to"], said["secure"]) == (301, "https://testserver/account/login/", 200)
    assert said["hsts"] == "max-age=31536000; includeSubDomains; preload"
    assert said["session"] == [True, True, "Lax"]
    assert said["cookies"] == {"csrftoken": [True, False, "Lax"]}


@pytest.mark.django_db(transaction=True)
def test_the_demo_runs_on_plain_http() -> None:
    said = ask()
    assert (said["plain"], said["session"]) == (200, [False, True, "Lax"])


def test_a_real_server_has_https_unless_told_otherwise_and_needs_a_key() -> None:
    done = process.run("print(1)", KMC_DEMO="off")
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    code = "from django.conf import settings as s; print(s.HTTPS, s.SESSION_COOKIE_SECURE, s.DEBUG)"
    assert process.run(code, KMC_DEMO="off", SECRET_KEY="k" * 60).stdout == "True True False\n"
