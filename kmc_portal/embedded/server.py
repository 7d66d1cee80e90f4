"""script/server: the whole service in the foreground, from an empty folder to the address and the logins.

The databases are ours, so that they stand before and end after what uses them; web, worker and beat (Procfile)
run under honcho. Every child is tied to its parent: when this process is killed, the kernel ends the rest.
"""

import http.client
import importlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import honcho.environ
import honcho.manager
import honcho.process
import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from kmc_portal.embedded import StackProblem, addresses, processes, servers

STEPS = [
    ("データベースを準備しています", ["migrate", "--noinput"]),
    ("画面の部品を集めています", ["collectstatic", "--noinput"]),
]
DEMO_STEPS = [("デモデータを確認しています（初回は1分ほどかかります）", ["load_demo"])]
WELCOME = "\nブラウザーで開いてください（終了は Ctrl-C）/ Open in your browser (Ctrl-C to end):"
PATIENCE = 60  # seconds for servers given by DATABASE_URL and REDIS_URL, and for the first page


class TiedProcess(honcho.process.Process):
    """honcho's process in a fork of ours; its command ends with it and keeps the data folder's lock."""

    def __init__(self, *args: Any, lock: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lock, self.parent = lock, os.getpid()

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        processes.tie_to_parent(signal.SIGKILL, self.parent)
        self._child_ctor = partial(
            honcho.process.Popen, preexec_fn=processes.tied(signal.SIGTERM), pass_fds=[self.lock]
        )
        super().run(events, ignore_signals)


class Manager(honcho.manager.Manager):
    """honcho's manager with tied processes; `watch` runs beside it in a thread once they are started."""

    def __init__(self, lock: int, watch: Callable[[], None]) -> None:
        super().__init__()
        self._process_ctor = partial(TiedProcess, lock=lock)
        self._watch = watch

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._watch, daemon=True).start()  # after the forks


def main() -> int:
    """Serve until told to end; returns the exit code. Problems are one line, never a traceback."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell runs us in the background
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # until honcho takes it over
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))  # the terminal is gone
    try:
        return serve()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BrokenPipeError:  # whoever read our output is gone
        return 1
    except StackProblem as problem:
        print(problem, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or ''} を使えません（{error.strerror}）。/ {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def serve() -> int:
    host, port = listen_address()
    data = addresses.data_folder()
    os.environ |= {
        "HOST": f"[{host}]" if ":" in host else host,
        "PORT": str(port),
        "KMC_DATA_FOLDER": str(data),
    }
    settings = read_settings()
    address = f"http://{'localhost' if host == '127.0.0.1' else os.environ['HOST']}:{port}/"
    with servers.locked(data, f"script/server {address}") as folder:
        refuse_busy_port(host, port)
        postgres, valkey = not os.environ.get("DATABASE_URL"), not os.environ.get("REDIS_URL")
        unfinished = data / "unfinished-start"
        if unfinished.exists():
            say(
                "前回の準備は途中で終わっています。続きから行います。/ The last start did not finish; going on."
            )
        unfinished.touch()
        say("PostgreSQL と Valkey を起動しています… / Starting")
        with servers.running(folder, postgres=postgres, valkey=valkey):
            wait_for_given_servers(settings.REDIS_URL)
            logins = prepare(data, settings.DEMO)
            unfinished.unlink()
            with receiver(settings.DEMO):
                return run(folder, host, port, f"{WELCOME}\n\n  {address}\n\n{logins}")


def listen_address() -> tuple[str, int]:
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise StackProblem(
            f"PORT には 1〜65535 の整数を指定してください（今の値: {port}）。/ PORT is not a port."
        )
    return host.strip("[]"), int(port)


def read_settings() -> Any:
    """The settings as a module; a mistake in the environment is told before anything is started."""
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
        with warnings.catch_warnings(action="ignore"):  # the error that follows says the same
            return importlib.import_module("kmc_portal.settings")
    except (ImproperlyConfigured, ValueError, KeyError) as error:
        raise StackProblem(f"環境変数の設定に誤りがあります。/ The settings are wrong: {error}") from None


def refuse_busy_port(host: str, port: int) -> None:
    try:
        family, kind, *_, sockaddr = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(sockaddr)
    except socket.gaierror:
        raise StackProblem(f"HOST={host} は使えないアドレスです。/ HOST is not an address.") from None
    except OSError as error:
        raise StackProblem(
            f"{host} のポート {port} は使えません（使用中か、許可されていません）。PORT=8001 script/server のように"
            f"別の番号を指定してください。/ Port {port} is busy or not allowed: {error.strerror}"
        ) from None


def wait_for_given_servers(redis_url: str) -> None:
    """Answers from PostgreSQL and Valkey as the settings reach them; ours have answered already."""
    checks: dict[str, Callable[[], Any]] = {
        "DATABASE_URL": connection.ensure_connection,
        "REDIS_URL": lambda: redis.Redis.from_url(redis_url, socket_connect_timeout=5).ping(),
    }
    deadline = time.monotonic() + PATIENCE
    for name, check in checks.items():
        while True:
            try:
                check()
                break
            except (DatabaseError, redis.exceptions.RedisError, ValueError) as error:
                refused = "FATAL:" in str(error) and "starting up" not in str(error)
                if refused or isinstance(error, ValueError) or time.monotonic() > deadline:
                    raise StackProblem(
                        f"{name} のサーバーが使えません。アドレスとサーバーを確認してください。/ {name}: {error}"
                    ) from None
                time.sleep(1)
    connection.close()


def prepare(data: Path, demo: bool) -> str:
    """Migrations, static files, demo data: each can be repeated. Returns the demo's logins, as text."""
    for text, command in STEPS + (DEMO_STEPS if demo else []):
        say(f"{text}…")
        manage(data, command)
    return manage(data, ["demo_logins"]) if demo else ""


def manage(data: Path, command: list[str]) -> str:
    """Run a manage.py command to its end; its log is kept, its standard output returned."""
    log = data / "log" / "manage.log"
    with log.open("ab") as stderr:
        process = processes.start(
            [sys.executable, "manage.py", *command],
            end_with=signal.SIGTERM,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=addresses.BASE_DIR,
        )
        try:
            output = process.communicate()[0].decode()
        finally:
            process.kill()
    if process.returncode != 0:
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise StackProblem(
            f"manage.py {command[0]} が失敗しました。ログ {log} を確認し、直してからもう一度実行してください。"
            f"/ manage.py {command[0]} failed: {' '.join(last)}"
        )
    return output


@contextmanager
def receiver(demo: bool) -> Iterator[None]:
    """The demo's example of a customer's server; not in the Procfile, and its end (a busy port) ends nothing else."""
    if not demo:
        yield
        return
    command = [sys.executable, "manage.py", "demo_receiver"]
    process = processes.start(command, end_with=signal.SIGTERM, cwd=addresses.BASE_DIR)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def run(folder: servers.Folder, host: str, port: int, welcome: str) -> int:
    """Web, worker and beat under honcho until one ends or we are told to."""
    multiprocessing.set_start_method("fork")
    ending = threading.Event()
    manager = Manager(folder.lock, partial(watch, folder, host, port, welcome, ending))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    commands = honcho.environ.parse_procfile((addresses.BASE_DIR / "Procfile").read_text()).processes
    for name, command in commands.items():
        environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"}
        manager.add_process(name, f"exec {command}", env=environment, cwd=str(addresses.BASE_DIR))
    try:
        manager.loop()
    finally:
        ending.set()
    return int(manager.returncode or 0)


def watch(folder: servers.Folder, host: str, port: int, welcome: str, ending: threading.Event) -> None:
    """Say where we are once the first page answers; end everything when a database dies."""
    deadline = time.monotonic() + PATIENCE
    while not page_answers(host, port):
        if ending.wait(0.2):
            return
        if time.monotonic() > deadline:
            say(
                "画面がまだ応答しません。上の表示を確認してください。/ No page answers yet; see the lines above."
            )
            break
    else:
        say(welcome)
    while all(server.poll() is None for server in folder.running.values()):
        if ending.wait(1):
            return
    say(
        f"データベースが終了したため、全体を終了します。ログ: {folder.path / 'log'} / A database server ended."
    )
    os.kill(os.getpid(), signal.SIGTERM)


def page_answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(
        {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port, timeout=5
    )
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    os._exit(main())  # not waiting for honcho's children: should any be left, the kernel ends them with us
