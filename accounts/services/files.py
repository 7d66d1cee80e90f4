"""Keep uploads, hand them out, and sweep content that no row claims."""

import datetime
from typing import IO

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest

from accounts.gateways import contents, storage
from accounts.models import Customer, Download, StoredFile, User
from accounts.services.errors import Refused

# Content reaches the store before the row that claims it; the sweep leaves younger content alone.
UNCLAIMED_FOR = datetime.timedelta(days=1)


def inspect(*, name: str, data: bytes, allowed: frozenset[contents.Kind]) -> contents.Inspected:
    """Check an upload by its content; Refused says what is wrong with it."""
    try:
        return contents.inspect(name, data, allowed, settings.MAX_UPLOAD_MIB * 1024 * 1024)
    except contents.RefusedFile as refusal:
        raise Refused(str(refusal)) from refusal


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
    inspected = inspect(name=name, data=data, allowed=allowed)
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
    return claim(
        stored=store(data),
        name=name,
        content_type=content_type,
        customer=customer,
        actor=actor,
        now=now,
        confidential=confidential,
    )


def store(data: bytes | IO[bytes]) -> storage.Stored:
    """Only the content, for a transaction that will `claim` it; what nobody claims within a day is swept."""
    try:
        return storage.put(data)
    except storage.FileStoreError as error:
        raise Refused(str(error)) from error


def claim(
    *,
    stored: storage.Stored,
    name: str,
    content_type: str,
    customer: Customer | None,
    actor: User | None,
    now: datetime.datetime,
    confidential: bool = True,
) -> StoredFile:
    """Give content that lies in the store its name and owner."""
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
    """The content; Refused (with a word for the person who asked) where the store does not give it out."""
    try:
        with storage.open(file.sha256) as content:
            return content.read()
    except storage.FileStoreError as error:
        raise Refused(str(error)) from error


def open_content(file: StoredFile) -> IO[bytes]:
    """As `read`, for what may be large: at its start, to be closed by the caller."""
    try:
        return storage.open(file.sha256)
    except storage.FileStoreError as error:
        raise Refused(str(error)) from error


def log_download(
    *, request: HttpRequest, user: User, what: str, now: datetime.datetime, file: StoredFile | None = None
) -> None:
    """Note who fetched something confidential."""
    Download.objects.create(
        user=user, what=what[:200], file=file, ip=get_adapter(request).get_client_ip(request), at=now
    )


def sweep(*, now: datetime.datetime) -> int:
    """Delete content that no StoredFile names and that is older than a day. Returns how many."""
    claimed = set(StoredFile.objects.values_list("sha256", flat=True).distinct())
    gone = 0
    for held in storage.iter_keys():
        if held.sha256 not in claimed and held.modified_at < now - UNCLAIMED_FOR:
            storage.delete(held.sha256)
            gone += 1
    return gone + storage.delete_abandoned_parts(now - UNCLAIMED_FOR)
