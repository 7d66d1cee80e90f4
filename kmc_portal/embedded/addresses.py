"""Where the embedded stack keeps its data and listens. Pure: nothing is created or started here.

Sockets instead of ports: nothing to collide with, and nobody else on the machine can connect.
"""

import hashlib
import os
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATABASE = USER = "kmc"
PORT = 5432  # names PostgreSQL's socket, and keeps a PGPORT in the environment from renaming it
LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 107


def data_folder() -> Path:
    """KMC_DATA_FOLDER (relative to the project), by default `var`."""
    return BASE_DIR / (os.environ.get("KMC_DATA_FOLDER") or "var")


def socket_folder(data: Path) -> Path:
    """`run` in the data folder, or a short private folder where that path is too long for a socket."""
    inside = data / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    return Path("/tmp") / f"kmc-{os.getuid()}-{digest}"  # not TMPDIR: every process must find the same


def database_url(data: Path | None = None, database: str = DATABASE) -> str:
    host = quote(str(socket_folder(data or data_folder())))
    return f"postgres://{USER}@/{database}?host={host}&port={PORT}"


def redis_socket(data: Path) -> Path:
    return socket_folder(data) / "valkey.sock"


def redis_url(data: Path | None = None, number: int = 0) -> str:
    return f"unix://{quote(str(redis_socket(data or data_folder())))}?db={number}"


def cache_url(redis_url: str) -> str:
    """What Django's cache (redis-py) wants: `unix://…?db=0`, or the address as it is."""
    return redis_url


def celery_broker_url(redis_url: str) -> str:
    """What Celery (kombu) wants: a socket is `redis+socket://…?virtual_host=0`, the rest stays as it is."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    query = {("virtual_host" if key == "db" else key): value for key, value in parse_qsl(parts.query)}
    return f"redis+socket://{parts.netloc}{parts.path}?{urlencode(query)}"
