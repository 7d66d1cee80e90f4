"""script/test: linters, types, contracts, Django's own checks and all tests, on one throw-away stack.

Every check runs even where an earlier one failed; the exit code is 1 if any did. Each is tied to this process.
"""

import os
import secrets
import signal
import sys
import time

from kmc_portal.embedded import StackProblem, addresses, processes
from kmc_portal.embedded.addresses import BASE_DIR
from tests.stack import throw_away

MODULE = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
PRODUCTION = {  # as README.md has it for a real installation
    "KMC_DEMO": "off",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "kmc.example.jp",
    "SITE_URL": "https://kmc.example.jp",
}
CHECKS: list[tuple[str, list[str], dict[str, str]]] = [
    ("ruff check", [*MODULE, "ruff", "check"], {}),
    ("ruff format", [*MODULE, "ruff", "format", "--check"], {}),
    ("mypy", [*MODULE, "mypy"], {}),
    (
        "import contracts",
        [sys.executable, "-c", "import importlinter.cli as cli; cli.lint_imports_command()"],
        {},
    ),
    ("missing migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
    ("deployment checks", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
]
MIGRATE = [*MANAGE, "migrate", "-v0"]  # meanwhile: every worker's database is a copy of this one
# one worker more than cores: tests of servers and time-outs wait for a part of their time
TESTS = [*MODULE, "pytest", "-n", os.environ.get("TEST_WORKERS", "3"), "--dist", "worksteal"]


def main(arguments: list[str]) -> int:
    """Everything; with arguments only pytest, with them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell runs us in the background
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with throw_away.stack() as folder:
            throw_away.set_environment(folder, "master")
            if arguments:
                return _run("pytest", [*MODULE, "pytest", *arguments], {})
            template = processes.start(MIGRATE, end_with=signal.SIGTERM, cwd=BASE_DIR)
            failed = [name for name, command, extra in CHECKS if _run(name, command, extra) != 0]
            if template.wait() != 0:
                failed.append("migrations")
            elif _run("tests", TESTS, {throw_away.TEMPLATE: addresses.DATABASE}) != 0:
                failed.append("tests")
    except StackProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n失敗: {'、'.join(failed)}" if failed else "\nすべて成功しました。")
    return 1 if failed else 0


def _run(name: str, command: list[str], extra: dict[str, str]) -> int:
    """One check with a heading, its output as it comes, and its time."""
    print(f"\n── {name}", flush=True)
    start = time.monotonic()
    process = processes.start(command, end_with=signal.SIGTERM, env=os.environ | extra, cwd=BASE_DIR)
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    print(f"   {'成功' if code == 0 else f'失敗（{code}）'} {time.monotonic() - start:.1f} 秒", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
