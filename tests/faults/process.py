"""Other processes of the product on the test's own database, with an environment of their own."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from kmc_portal.embedded import addresses

ROOT = Path(__file__).resolve().parent.parent.parent
# No collected static files here, as in tests/conftest.py.
SET_UP = """
import django
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()
"""
PATIENCE = 60  # seconds, so that a broken test ends


def environment(**more: str) -> dict[str, str]:
    """Ours, with the database that this test sees (commits of the test only)."""
    folder = Path(os.environ["KMC_TEST_STACK"])
    ours = {
        "DJANGO_SETTINGS_MODULE": "kmc_portal.settings",
        "DATABASE_URL": addresses.database_url(folder, database=str(connection.settings_dict["NAME"])),
    }
    return {**os.environ, **ours, **more}


def start(code: str, **more: str) -> "subprocess.Popen[str]":
    """Python with Django set up; `more` is environment."""
    return subprocess.Popen(
        [sys.executable, "-c", SET_UP + code],
        cwd=ROOT,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, **more: str) -> "subprocess.CompletedProcess[str]":
    process = start(code, **more)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
