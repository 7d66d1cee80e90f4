"""Content-addressed files on the storage `STORAGES["files"]`: `ab/cd/<sha256>`, written once, never changed.

A local folder and S3 behave the same: a file is there whole or not at all, whoever is killed or writes besides.
"""

import contextlib
import datetime
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

CHUNK = 1024 * 1024  # bytes
PARTS = ".parts"  # files being written, inside the local folder so that linking them is one step

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStoreError(Exception):
    """The store could not do it; the message is for the user."""


class MissingFile(FileStoreError):
    """The store has no such content."""


class DamagedFile(FileStoreError):
    """What lies in the store is not what was put there."""


class StoreUnavailable(FileStoreError):
    """The folder or the S3 service does not answer, is full or refuses us."""


class Stored(NamedTuple):
    sha256: str
    size: int  # bytes


class Held(NamedTuple):
    sha256: str
    modified_at: datetime.datetime  # aware; renewed when the same content is put again


def put(data: bytes | IO[bytes] | File) -> Stored:  # type: ignore[type-arg]
    """Keep the content, read from its start. Content that is there already stays as it is, with a new time.

    Raises DamagedFile where the store holds something of another size under this name, StoreUnavailable.
    """
    with _refusals("保存"):
        storage = _storage()
        folder = _parts_folder(storage)
        with tempfile.NamedTemporaryFile(dir=folder, delete=True) as part:
            stored = _copy(data, part)
            if isinstance(storage, FileSystemStorage):
                _link(storage, part, stored)
            else:
                _upload(storage, part, stored)
    return stored


def open(sha256: str) -> IO[bytes]:
    """The content at its start, its hash verified. Raises MissingFile, DamagedFile, StoreUnavailable."""
    with _refusals("読み出し"):
        try:
            file: IO[bytes] = _storage().open(_key(sha256), "rb")  # type: ignore[assignment]
        except FileNotFoundError as error:
            raise MissingFile("ファイルが保管場所に見つかりません。管理者にお知らせください。") from error
        try:
            digest = hashlib.sha256()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
            if digest.hexdigest() != sha256:
                raise DamagedFile("保管中のファイルが壊れています。開かずに、管理者にお知らせください。")
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file


@contextlib.contextmanager
def local_path(sha256: str) -> Iterator[Path]:
    """The content as a file on this machine, to be read only, for programs that want a path; its hash verified.

    Raises as `open` does. From S3 it is fetched into a temporary file for as long as the block lasts.
    """
    storage = _storage()
    if isinstance(storage, FileSystemStorage):
        open(sha256).close()
        yield Path(storage.path(_key(sha256)))
        return
    with tempfile.NamedTemporaryFile() as copy:
        with open(sha256) as content:
            while chunk := content.read(CHUNK):
                copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def exists(sha256: str) -> bool:
    with _refusals("確認"):
        return _storage().exists(_key(sha256))


def delete(sha256: str) -> None:
    """For the sweeper alone, for content that no row claims. What is gone already is fine."""
    with _refusals("削除"):
        _storage().delete(_key(sha256))


def iter_keys() -> Iterator[Held]:
    """All content, in no particular order."""
    with _refusals("一覧"):
        storage = _storage()
        if isinstance(storage, FileSystemStorage):
            yield from _held_in_folder(Path(storage.location))
        else:
            yield from _held_in_bucket(storage)


def delete_abandoned_parts(before: datetime.datetime) -> int:
    """Remove what killed writers left in the local folder before that time; how many. On S3 there is nothing."""
    gone = 0
    with _refusals("削除"):
        folder = _parts_folder(_storage())
        for part in folder.iterdir() if folder else ():
            with contextlib.suppress(FileNotFoundError):  # its writer has just finished
                if part.stat().st_mtime < before.timestamp():
                    part.unlink()
                    gone += 1
    return gone


def check() -> None:
    """Write, read and delete a probe; raises FileStoreError. For /readyz."""
    probe = secrets.token_bytes(32)
    stored = put(probe)
    try:
        with open(stored.sha256) as file:
            if file.read() != probe:
                raise DamagedFile("保管場所が、書き込んだ内容と違うものを返しました。")
    finally:
        delete(stored.sha256)


@contextlib.contextmanager
def _refusals(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise StoreUnavailable(
            f"ファイルの{what}ができませんでした。しばらくしてからもう一度お試しください。"
            "続くときは管理者にお知らせください。"
        ) from error


def _storage() -> Storage:
    return storages["files"]


def _key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256 in small hexadecimal: {sha256!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _parts_folder(storage: Storage) -> Path | None:
    """Where a file grows before it has its name; None leaves it to the machine's temporary folder."""
    if not isinstance(storage, FileSystemStorage):
        return None
    folder = Path(storage.location) / PARTS
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _copy(data: bytes | IO[bytes] | File, part: IO[bytes]) -> Stored:  # type: ignore[type-arg]
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(data):
        digest.update(chunk)
        part.write(chunk)
        size += len(chunk)
    part.flush()
    part.seek(0)
    return Stored(digest.hexdigest(), size)


def _chunks(data: bytes | IO[bytes] | File) -> Iterator[bytes]:  # type: ignore[type-arg]
    if isinstance(data, bytes):
        yield data
        return
    data.seek(0)
    while chunk := data.read(CHUNK):
        yield chunk


def _link(storage: FileSystemStorage, part: Any, stored: Stored) -> None:
    """Give the finished part its name in one step that never replaces a file."""
    os.fchmod(part.fileno(), 0o440)
    os.fsync(part.fileno())
    target = Path(storage.path(_key(stored.sha256)))
    target.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            os.link(part.name, target)
        except FileExistsError:
            try:
                _same_size(target.stat().st_size, stored)
                os.utime(target)  # the sweeper must see that somebody is about to claim it
            except FileNotFoundError:  # swept between the two
                continue
            return
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return


def _upload(storage: Storage, part: IO[bytes], stored: Stored) -> None:
    """S3 shows an object only when it is whole; two writers put the same bytes under the same name."""
    key = _key(stored.sha256)
    if storage.exists(key):
        _same_size(storage.size(key), stored)
        _renew(storage, key)
        return
    saved = storage.save(key, File(part, name=stored.sha256))
    if saved != key:  # another writer was quicker and the storage made up a name for ours
        storage.delete(saved)
        _same_size(storage.size(key), stored)


def _renew(storage: Any, key: str) -> None:
    """Copy the object onto itself, inside S3, for a new time: the sweeper must see that it is about to be claimed."""
    name = _object_name(storage, key)
    storage.bucket.Object(name).copy_from(
        CopySource={"Bucket": storage.bucket_name, "Key": name}, MetadataDirective="REPLACE"
    )


def _object_name(storage: Any, key: str) -> str:
    return f"{storage.location.strip('/')}/{key}".lstrip("/")


def _same_size(found: int, stored: Stored) -> None:
    if found != stored.size:
        raise DamagedFile(
            "同じ内容のファイルが保管場所で壊れているため、保存できませんでした。管理者にお知らせください。"
        )


def _held_in_folder(root: Path) -> Iterator[Held]:
    for path in root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if _SHA256.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # swept by another one
                yield Held(path.name, datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC))


def _held_in_bucket(storage: Any) -> Iterator[Held]:
    for item in storage.bucket.objects.filter(Prefix=_object_name(storage, "")):
        name = item.key.rpartition("/")[2]
        if _SHA256.fullmatch(name):
            yield Held(name, item.last_modified)
