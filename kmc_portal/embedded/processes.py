"""Children that end with their parent, and servers that do not run as root (Linux)."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from kmc_portal.embedded import StackProblem

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2  # linux/prctl.h
SECBIT_NO_SETUID_FIXUP = 1 << 2  # linux/securebits.h
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2  # linux/capability.h
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def tie_to_parent(signum: signal.Signals, parent: int) -> None:
    """Have the kernel send `signum` to this process when its parent `parent` dies, however it dies."""
    _call("prctl", PR_SET_PDEATHSIG, signum.value, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), signal.SIGKILL)


def tied(signum: signal.Signals, account: pwd.struct_passwd | None = None) -> Callable[[], None]:
    """A `preexec_fn`: drop root to `account` if one is given, then tie the child to this process."""
    return partial(_before_exec, signum, os.getpid(), account)


def server_account() -> pwd.struct_passwd | None:
    """Whom the servers run as: None = as we are; `nobody` in root's place, for PostgreSQL refuses root."""
    if os.getuid() != 0:
        try:
            pwd.getpwuid(os.getuid())
        except KeyError:
            raise StackProblem(
                f"利用者番号 {os.getuid()} が /etc/passwd にないため、PostgreSQL を起動できません。"
                "登録済みの利用者で実行してください。/ This uid has no entry in /etc/passwd."
            ) from None
        return None
    return pwd.getpwnam("nobody")


def start(
    command: list[str], *, end_with: signal.Signals, account: pwd.struct_passwd | None = None, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a tied child. `end_with` is the signal it gets when we die."""
    try:
        return subprocess.Popen(command, preexec_fn=tied(end_with, account), **options)
    except subprocess.SubprocessError as error:
        raise StackProblem(
            f"{command[0]} を起動できません（root の権限を落とせません）。root 以外で実行してください。"
            " / Could not drop privileges: run as a user other than root."
        ) from error


def _before_exec(signum: signal.Signals, parent: int, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        _drop_root(account)
    tie_to_parent(signum, parent)  # last: a change of user clears it


def _drop_root(account: pwd.struct_passwd) -> None:
    """Become `account`, keeping only the right to pass folders closed to others.

    The project may lie under a folder of mode 700 (/root, a private home): there an ordinary account reaches
    neither the binaries in .venv nor its own data. One capability is enough and needs no copy of the 40 MB
    installation: READ_SEARCH, or OVERRIDE where a container was not given the former. Without the secure bit
    access(2), with which initdb checks its binaries, would not count it.
    """
    held = _capabilities()[1]
    keep = next((1 << cap for cap in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if held & (1 << cap)), 0)
    _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    _call("capset", (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)(keep, keep, keep))
    if keep:
        _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, keep.bit_length() - 1, 0, 0)


def _capabilities() -> tuple[int, int, int]:
    """This process's effective, permitted and inheritable capabilities (the first 32)."""
    data = (ctypes.c_uint32 * 6)()
    _call("capget", (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), data)
    return data[0], data[1], data[2]


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
