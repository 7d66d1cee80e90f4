"""The same promises hold in a folder and on an S3 server."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from accounts.gateways import storage

# sha256 of b"abc", from the standard (FIPS 180-2, B.1)
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    place = tmp_path / "files"
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": backend, "OPTIONS": {"location": str(place)}}
    }
    return place


@pytest.fixture
def bucket(settings: Settings, s3_server: str, request: pytest.FixtureRequest) -> object:
    name = "files-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    made = boto3.resource("s3", endpoint_url=s3_server, **access).create_bucket(Bucket=name)
    settings.STORAGES = settings.STORAGES | {
        "files": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": name,
                "endpoint_url": s3_server,
                "region_name": "us-east-1",
                "access_key": "test",
                "secret_key": "test",
                "file_overwrite": False,
                "default_acl": None,
            },
        }
    }
    return made


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    return request.param


def content(sha256: str) -> bytes:
    with storage.open(sha256) as file:
        return file.read()


def test_what_is_put_is_read_back_under_its_hash(store: str) -> None:
    assert storage.put(b"abc") == storage.Stored(ABC, 3)
    assert storage.exists(ABC)
    assert content(ABC) == b"abc"


def test_a_file_is_read_from_its_start_even_if_somebody_read_it_before(store: str) -> None:
    upload = SimpleUploadedFile("申込書.xlsx", b"abc")
    upload.read()
    assert storage.put(upload) == storage.Stored(ABC, 3)
    file = io.BytesIO(b"abc")
    file.read()
    assert storage.put(file) == storage.Stored(ABC, 3)
    assert content(ABC) == b"abc"


def test_a_program_that_wants_a_path_reads_the_same_content_there(store: str) -> None:
    storage.put(b"abc")
    with storage.local_path(ABC) as path:
        assert path.read_bytes() == b"abc"
    with pytest.raises(storage.MissingFile), storage.local_path("0" * 64):
        raise AssertionError("there is no such content")


def test_content_larger_than_one_chunk_comes_back_whole(store: str) -> None:
    large = b"0123456789abcdef" * (storage.CHUNK // 16) * 2 + b"!"
    stored = storage.put(io.BytesIO(large))
    assert stored.size == 2 * 1024 * 1024 + 1
    assert content(stored.sha256) == large


def test_the_same_content_twice_is_kept_once(store: str) -> None:
    assert storage.put(b"abc") == storage.put(b"abc")
    assert [held.sha256 for held in storage.iter_keys()] == [ABC]


def test_many_writers_of_the_same_content_at_once_all_succeed(store: str) -> None:
    ready = threading.Barrier(8)
    data = os.urandom(300_000)

    def write(_: int) -> storage.Stored:
        ready.wait()
        return storage.put(data)

    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(write, range(8)))
    assert len(stored) == 1
    (only,) = stored
    assert content(only.sha256) == data
    assert [held.sha256 for held in storage.iter_keys()] == [only.sha256]


def test_content_that_is_not_there_is_reported_as_missing(store: str) -> None:
    assert not storage.exists(ABC)
    with pytest.raises(storage.MissingFile, match="見つかりません"):
        storage.open(ABC)


def test_deleting_twice_is_fine(store: str) -> None:
    storage.put(b"abc")
    storage.delete(ABC)
    storage.delete(ABC)
    assert not storage.exists(ABC)
    assert list(storage.iter_keys()) == []


def test_the_probe_leaves_nothing_behind(store: str) -> None:
    storage.check()
    assert list(storage.iter_keys()) == []


@pytest.mark.parametrize("key", ["", "abc", ABC.upper(), "../" + ABC, ABC + "\n"])
def test_only_a_hash_is_a_key(folder: Path, key: str) -> None:
    for call in (storage.open, storage.exists, storage.delete):
        with pytest.raises(ValueError):
            call(key)


def test_in_a_folder_the_file_lies_under_the_first_digits_and_cannot_be_written(folder: Path) -> None:
    storage.put(b"abc")
    path = folder / "ba" / "78" / ABC
    assert path.read_bytes() == b"abc"
    assert path.stat().st_mode & 0o777 == 0o440


def test_on_s3_the_object_lies_under_the_first_digits(bucket: object) -> None:
    storage.put(b"abc")
    assert [item.key for item in bucket.objects.all()] == [f"ba/78/{ABC}"]  # type: ignore[attr-defined]


def test_changed_content_in_a_folder_is_reported_as_damaged(folder: Path) -> None:
    storage.put(b"abc")
    path = folder / "ba" / "78" / ABC
    path.chmod(0o600)
    path.write_bytes(b"abd")
    with pytest.raises(storage.DamagedFile, match="壊れています"):
        storage.open(ABC)


def test_changed_content_on_s3_is_reported_as_damaged(bucket: object) -> None:
    storage.put(b"abc")
    bucket.put_object(Key=f"ba/78/{ABC}", Body=b"abd")  # type: ignore[attr-defined]
    with pytest.raises(storage.DamagedFile, match="壊れています"):
        storage.open(ABC)


def test_a_file_of_another_size_under_the_same_hash_is_neither_accepted_nor_replaced(folder: Path) -> None:
    storage.put(b"abc")
    path = folder / "ba" / "78" / ABC
    path.chmod(0o600)
    path.write_bytes(b"ab")
    with pytest.raises(storage.DamagedFile, match="保存できませんでした"):
        storage.put(b"abc")
    assert path.read_bytes() == b"ab"


def test_an_object_of_another_size_under_the_same_hash_is_neither_accepted_nor_replaced(
    bucket: object,
) -> None:
    bucket.put_object(Key=f"ba/78/{ABC}", Body=b"ab")  # type: ignore[attr-defined]
    with pytest.raises(storage.DamagedFile, match="保存できませんでした"):
        storage.put(b"abc")
    assert bucket.Object(f"ba/78/{ABC}").get()["Body"].read() == b"ab"  # type: ignore[attr-defined]


def test_content_put_again_counts_as_new_for_the_sweeper(folder: Path) -> None:
    storage.put(b"abc")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(folder / "ba" / "78" / ABC, (long_ago, long_ago))
    assert [held.modified_at for held in storage.iter_keys()] == [datetime(2020, 1, 1, tzinfo=UTC)]
    storage.put(b"abc")
    (held,) = storage.iter_keys()
    assert datetime.now(UTC) - held.modified_at < timedelta(hours=1)


def test_content_put_again_on_s3_is_renewed_there_and_stays_whole(bucket: object) -> None:
    storage.put(b"abc")
    (first,) = storage.iter_keys()
    storage.put(b"abc")
    (second,) = storage.iter_keys()
    assert second.modified_at >= first.modified_at
    assert content(ABC) == b"abc"


HALF_A_WRITE = """
import os, signal, sys
import django
from django.conf import settings
settings.configure(STORAGES={"files": {
    "BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": sys.argv[1]}}})
from accounts.gateways import storage

class Dying:
    parts = [b"a", b"b"]
    def seek(self, position): pass
    def read(self, size):
        if not self.parts:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.parts.pop()

storage.put(Dying())
"""


def test_a_writer_killed_half_way_leaves_nothing_that_can_be_seen(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HALF_A_WRITE, str(folder)], cwd=Path.cwd(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(storage.iter_keys()) == []
    parts = list((folder / storage.PARTS).iterdir())
    assert len(parts) == 1
    assert storage.delete_abandoned_parts(datetime.now(UTC) - timedelta(hours=1)) == 0  # may be at work still
    assert storage.delete_abandoned_parts(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert list((folder / storage.PARTS).iterdir()) == []


class Broken(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("the upload was cut off")


def test_a_write_that_fails_leaves_nothing_and_says_so(store: str) -> None:
    with pytest.raises(storage.StoreUnavailable, match="保存ができませんでした"):
        storage.put(Broken(b"abc"))
    assert list(storage.iter_keys()) == []


def test_a_folder_that_cannot_be_written_is_reported(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": str(tmp_path / "files")}
    settings.STORAGES = settings.STORAGES | {"files": {"BACKEND": backend, "OPTIONS": options}}
    with pytest.raises(storage.StoreUnavailable, match="管理者"):
        storage.check()


def test_an_s3_bucket_that_is_gone_is_reported(bucket: object) -> None:
    bucket.delete()  # type: ignore[attr-defined]
    with pytest.raises(storage.StoreUnavailable, match="管理者"):
        storage.check()
