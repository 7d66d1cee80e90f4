"""/healthz says that the process answers, /readyz that what it needs does too. Both without a login."""

import logging
from collections.abc import Callable

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError

from accounts.gateways import storage

log = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when all is well, else 503; the answer names what is not, never why (that goes to the log)."""
    found = {name: check() for name, check in CHECKS.items()}
    ready = all(found.values())
    states = {name: "ok" if good else "failed" for name, good in found.items()}
    return JsonResponse({"status": "ok" if ready else "failed", **states}, status=200 if ready else 503)


def database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        log.exception("readyz: the database does not answer")
        return False


def migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        log.exception("readyz: migrations cannot be read")
        return False


def broker() -> bool:
    try:
        with current_app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
        return True
    except (KombuError, OSError):
        log.exception("readyz: the broker does not answer")
        return False


def files() -> bool:
    try:
        storage.check()
        return True
    except (storage.FileStoreError, OSError):
        log.exception("readyz: the file store does not answer")
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "storage": files,
}
