"""Keep uploads, hand them out, and sweep content that no row claims."""

import datetime

from django.conf import settings
from django.http import HttpRequest

from accounts.gateways import contents, storage
from accounts.models import Customer, Download, StoredFile, User
from accounts.services.errors import Refused

# Content reaches the store before the row that claims it; the sweep leaves younger content alone.
UNCLAIMED_FOR = datetime.timedelta(days=1)


def keep(
    *,
    name: str,
    data: bytes,
    allowed: frozenset[contents.Kind],
    customer: Customer | None,
    actor: User | None,
    now: datetime.datetime,
    confidential: bool = True,
) -> StoredFile:
    """Check an upload by its content and keep it. Call it before the transaction that refers to it."""
    try:
        inspected = contents.inspect(name, data, allowed, settings.MAX_UPLOAD_MIB * 1024 * 1024)
    except contents.RefusedFile as refusal:
        raise Refused(str(refusal)) from refusal
    return keep_checked(
        name=inspected.clean_name,
        data=data,
        content_type=inspected.content_type,
        customer=customer,
        actor=actor,
        now=now,
        confidential=confidential,
    )


def keep_checked(
    *,
    name: str,
    data: bytes,
    content_type: str,
    customer: Customer | None,
    actor: User | None,
    now: datetime.datetime,
    confidential: bool = True,
) -> StoredFile:
    """Keep content that we made ourselves or that was checked already."""
    stored = storage.put(data)
    return StoredFile.objects.create(
        sha256=stored.sha256,
        size=stored.size,
        name=name,
        content_type=content_type,
        customer=customer,
        confidential=confidential,
        uploaded_by=actor,
        uploaded_at=now,
    )


def read(file: StoredFile) -> bytes:
    with storage.open(file.sha256) as content:
        return content.read()


def log_download(
    *, request: HttpRequest, user: User, what: str, now: datetime.datetime, file: StoredFile | None = None
) -> None:
    """Note who fetched something confidential."""
    Download.objects.create(user=user, what=what[:200], file=file, ip=request.META.get("REMOTE_ADDR") or None, at=now)


def sweep(*, now: datetime.datetime) -> int:
    """Delete content that no StoredFile names and that is older than a day. Returns how many."""
    claimed = set(StoredFile.objects.values_list("sha256", flat=True).distinct())
    gone = 0
    for key, modified in storage.iter_keys():
        if key not in claimed and modified < now - UNCLAIMED_FOR:
            storage.delete(key)
            gone += 1
    return gone
