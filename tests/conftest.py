"""Fixtures for every test. PostgreSQL and Valkey come from `tests/stack/plugin.py`."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.stack import throw_away

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytest_plugins = [
    "tests.fixtures.people",
    "tests.fixtures.mail",
    "tests.fixtures.smtp",
    "tests.fixtures.billing",
    "tests.fixtures.cases",
    "tests.fixtures.receiver",
    "tests.fixtures.checks",
    "tests.fixtures.staff_pages",
]

CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"]


def pytest_configure() -> None:
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    if template := os.environ.get(throw_away.TEMPLATE):
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = template
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("stack") is None)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: let the collector not go over it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits and queued tasks of the test before are not ours."""
    cache.clear()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium; where it cannot be had a browser test says so, and fails under CI=true."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    reason = "Chromium がありません（script/test を root で実行するか、chromium を入れてください）。"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """One Chromium per module. Playwright's loop runs in this thread, hence Django's permission to go on."""
    from playwright.sync_api import sync_playwright

    fonts = tmp_path_factory.mktemp("fonts") / "fonts.conf"
    fonts.write_text(_fonts_conf(fonts.parent))
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--disable-dev-shm-usage"],  # a container's /dev/shm is often too small
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser", live_server: "LiveServer") -> "Iterator[Page]":
    """A Japanese browser window on the live server; an error in the page's scripts fails the test."""
    context = chromium.new_context(base_url=live_server.url, locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def _fonts_conf(cache_folder: Path) -> str:
    """The machine's fonts and the Japanese one from requirements.txt."""
    import noto_cjk_sans_jp_regular

    font = Path(noto_cjk_sans_jp_regular.__file__).parent
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{font}</dir><cachedir>{cache_folder}</cachedir></fontconfig>"
    )
