"""What went wrong with a POST of the probe, in the words of the rule (§1.9)."""

import errno
import ssl
from collections.abc import Iterator

import h11
import httpcore2

from accounts.gateways.probe_wire import Marks, TooLarge
from accounts.rules.connectivity import CheckReason

# OpenSSL's numbers for what a certificate is refused for (x509_vfy.h)
_CERTIFICATE: dict[int, CheckReason] = {
    9: CheckReason.TLS_EXPIRED,  # not valid yet
    10: CheckReason.TLS_EXPIRED,
    18: CheckReason.TLS_UNTRUSTED,  # self-signed
    19: CheckReason.TLS_UNTRUSTED,  # self-signed authority in the chain
    20: CheckReason.TLS_UNTRUSTED,  # issuer unknown: missing intermediate or unknown authority
    21: CheckReason.TLS_UNTRUSTED,
    62: CheckReason.TLS_WRONG_NAME,
    64: CheckReason.TLS_WRONG_NAME,  # of an IP address
}
_CONNECT: dict[int, CheckReason] = {
    errno.ECONNREFUSED: CheckReason.CONNECT_REFUSED,
    errno.ETIMEDOUT: CheckReason.CONNECT_TIMEOUT,
}
# of the way these classes of ssl are used: it waits for more, or the connection has ended
_NOT_TLS = (
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
)
_HEAD_TOO_LARGE = 431  # h11's hint
LONGEST_DETAIL = 200


def reason_of(error: Exception, marks: Marks, *, tls: bool) -> tuple[CheckReason, str] | None:
    """Reason and detail; None for an error that none of the libraries is known to raise.

    How far the connection had come (`marks`) tells whose fault a lost connection or a time-out is.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            reason = _CERTIFICATE.get(link.verify_code, CheckReason.TLS_FAILED)
            return reason, shown(link.verify_message)
        if isinstance(link, ssl.SSLError) and not isinstance(link, _NOT_TLS):
            return CheckReason.TLS_FAILED, shown(link.reason or type(link).__name__)
        if isinstance(link, TooLarge) or _hint(link) == _HEAD_TOO_LARGE:
            return CheckReason.TOO_LARGE, ""
    if isinstance(error, TimeoutError):
        return _timeout(marks, tls)
    if marks.connected is None:
        return _not_connected(chain)
    if tls and marks.secured is None:
        return CheckReason.TLS_FAILED, "TLS接続の途中で切断されました"
    if isinstance(error, httpcore2.RemoteProtocolError):
        if marks.ended:
            return CheckReason.DROPPED, ""
        return CheckReason.BAD_ANSWER, shown(str(error))
    if isinstance(error, httpcore2.NetworkError):
        return CheckReason.DROPPED, ""
    return None


def shown(text: str) -> str:
    """Somebody else's text as one short line."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= LONGEST_DETAIL else f"{line[:LONGEST_DETAIL]}…"


def _timeout(marks: Marks, tls: bool) -> tuple[CheckReason, str]:
    if marks.connected is None:
        return CheckReason.CONNECT_TIMEOUT, ""
    if tls and marks.secured is None:
        return CheckReason.CONNECT_TIMEOUT, "TLS接続の途中"
    return CheckReason.READ_TIMEOUT, "" if marks.first_byte is None else "応答の途中"


def _not_connected(chain: list[BaseException]) -> tuple[CheckReason, str] | None:
    for link in chain:
        if isinstance(link, OSError) and link.errno is not None:
            detail = errno.errorcode.get(link.errno, str(link.errno))
            return _CONNECT.get(link.errno, CheckReason.CONNECT_FAILED), detail
    return None


def _hint(error: BaseException) -> int:
    return error.error_status_hint if isinstance(error, h11.ProtocolError) else 0


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
