"""/healthz and /readyz with the ends really gone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.faults import process

ASK = """
import sys
from django.test import Client
answer = Client().get(PATH)
print(answer.status_code, answer.content.decode())
"""
WELL = {"status": "ok", "database": "ok", "migrations": "ok", "broker": "ok", "storage": "ok"}
NOWHERE = {
    "DATABASE_URL": "postgres://kmc@127.0.0.1:9/kmc",
    "REDIS_URL": "unix:///nowhere/valkey.sock?db=0",
    "FILES_FOLDER": "/dev/null/files",
}


def ask(path: str, **environment: str) -> tuple[int, dict[str, str]]:
    done = process.run(ASK.replace("PATH", repr(path)), **environment)
    assert done.returncode == 0, done.stderr
    status, _, body = done.stdout.partition(" ")
    return int(status), json.loads(body)


@pytest.mark.django_db
def test_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, WELL)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_the_probe_leaves_nothing_in_the_file_store(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "files": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }
    assert client.get("/readyz").status_code == 200
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("variable", "failed"),
    [
        ("DATABASE_URL", {"database", "migrations"}),
        ("REDIS_URL", {"broker"}),
        ("FILES_FOLDER", {"storage"}),
    ],
)
def test_it_names_what_is_gone_and_only_that(variable: str, failed: set[str]) -> None:
    status, said = ask("/readyz", SECRET_KEY="x" * 50, **{variable: NOWHERE[variable]})
    assert status == 503
    assert said == {**WELL, "status": "failed", **dict.fromkeys(failed, "failed")}


def test_the_process_answers_even_when_everything_else_is_gone() -> None:
    assert ask("/healthz", **NOWHERE) == (200, {"status": "ok"})
    status, said = ask("/readyz", **NOWHERE)
    assert (status, set(said.values())) == (503, {"failed"})


@pytest.mark.django_db
def test_a_migration_that_has_not_run_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'applications'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {**WELL, "status": "failed", "migrations": "failed"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_come_by_plain_http_even_where_pages_do_not(settings: Any, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(path).status_code == 200
    assert Client().get("/account/login/").status_code == 301
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405
