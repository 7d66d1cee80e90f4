"""疎通確認 (§1.9): three real POSTs to a notification URL, each measured phase by phase.

Every POST asks the entry rule and DNS again, refuses addresses that are not public, and connects to the very address
it has checked. No redirect is followed, nothing secret is sent, at most a few KB are read, and nothing comes from the
environment (no proxy, no cookies). Whatever happens is a `Post` with a reason.
"""

import asyncio
import datetime
import logging
import math
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import certifi
import httpcore2

from accounts.gateways.probe_errors import reason_of, shown
from accounts.gateways.probe_names import Found, Names
from accounts.gateways.probe_samples import CONTENT_TYPE, USER_AGENT, payload
from accounts.gateways.probe_wire import Wire
from accounts.rules.connectivity import POSTS, CheckReason, Post
from accounts.rules.notification_url import EXECUTE_API, UrlVerdict, check_notification_url
from accounts.rules.plans import NotificationFunction
from kmc_portal.lib.public_url import UrlReason

log = logging.getLogger(__name__)

MOST_BODY = 8 * 1024  # bytes; the answer counts as received there
PACE_SECONDS = (
    0.004  # between two starts: handshakes at the same moment would be measured on each other's account
)
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = [
    ("User-Agent", USER_AGENT),
    ("Content-Type", CONTENT_TYPE),
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
]


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """Times in seconds. The last four are for tests and the demo, `nameservers` () is the system's."""

    connect_timeout: float = 5.0  # TCP and TLS
    read_timeout: float = 10.0  # from the request to the last byte, so that a dripping answer ends
    allow_http: bool = False
    loopback: frozenset[tuple[str, int]] = frozenset()  # (host, port) that may be on this machine
    hosts: Mapping[str, str] = field(default_factory=dict)  # names answered without DNS
    nameservers: tuple[tuple[str, int], ...] = ()
    ca_file: str = ""  # trusted besides the usual authorities


@dataclass(frozen=True)
class Target:
    """`key` is the caller's; it comes back with the result."""

    key: Any
    url: str
    function: NotificationFunction


class Prober:
    """One resolver and one set of trusted authorities for many checks side by side in one event loop."""

    def __init__(self, settings: ProbeSettings) -> None:
        self._settings = settings
        self._names = Names(
            nameservers=settings.nameservers, hosts=settings.hosts, loopback=settings.loopback
        )
        self._tls = ssl.create_default_context(cafile=certifi.where())
        if settings.ca_file:
            self._tls.load_verify_locations(settings.ca_file)
        self._next_start = 0.0

    async def check(self, *, url: str, function: NotificationFunction) -> list[Post]:
        """Three POSTs in a row; never an error."""
        return [await self._post(url, function) for _ in range(POSTS)]

    async def _post(self, url: str, function: NotificationFunction) -> Post:
        await self._turn()
        started_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        seen = check_notification_url(url, allow_http=self._settings.allow_http)
        if seen.reason is not None:
            said = "execute-api" if seen.reason == EXECUTE_API else UrlReason.label_of(seen.reason)
            return _Measured(CheckReason.URL_REFUSED, said).post(started_at)
        found = await self._names.find(seen.host, seen.port)
        if found.reason is not None:
            return _Measured(found.reason, found.detail, dns_ms=found.ms).post(started_at)
        return (await self._exchange(seen, found, payload(function))).post(started_at)

    async def _exchange(self, seen: UrlVerdict, found: Found, body: bytes) -> "_Measured":
        """POST to the address that was found, in the time there is."""
        tls = seen.url.startswith("https:")
        scheme, _, rest = seen.url.partition("://")
        target = f"/{rest.partition('/')[2]}"
        loop = asyncio.get_running_loop()
        measured = _Measured(address=found.address, dns_ms=found.ms)
        deadline = asyncio.timeout(self._settings.connect_timeout)
        wire = Wire(
            found.address, on_ready=lambda: deadline.reschedule(loop.time() + self._settings.read_timeout)
        )
        url = httpcore2.URL(scheme=scheme, host=seen.host, port=seen.port, target=target)
        connection = httpcore2.AsyncHTTPConnection(url.origin, ssl_context=self._tls, network_backend=wire)
        try:
            async with deadline:
                async with connection.stream("POST", url, headers=HEADERS, content=body) as answer:
                    measured.status = answer.status
                    if answer.status == 200:
                        await _read(answer)
                    measured.total_ms = (time.perf_counter() - wire.marks.started) * 1000
                    measured.reason, measured.detail = _said(answer)
        except Exception as error:
            known = reason_of(error, wire.marks, tls=tls)
            if known is None:
                log.exception("connectivity check of %s ended in an unknown way", seen.host)
                known = CheckReason.CONNECT_FAILED, type(error).__name__
            measured.reason, measured.detail = known
        finally:
            await wire.aclose()
        measured.connect_ms, measured.tls_ms = wire.marks.connect_ms, wire.marks.tls_ms
        measured.first_byte_ms = wire.marks.first_byte_ms
        return measured

    async def _turn(self) -> None:
        """Wait until it is this POST's turn to start."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_start)
        self._next_start = start + PACE_SECONDS
        await asyncio.sleep(start - now)


async def check_all(
    prober: Prober, targets: AsyncIterable[Target] | Iterable[Target]
) -> AsyncIterator[tuple[Any, list[Post]]]:
    """Check side by side; (key, posts) of each as soon as it is done. More targets may come while checks run."""
    finished: asyncio.Queue[asyncio.Task[tuple[Any, list[Post]] | None]] = asyncio.Queue()
    running: set[asyncio.Task[tuple[Any, list[Post]] | None]] = set()

    def start(work: Coroutine[Any, Any, tuple[Any, list[Post]] | None]) -> None:
        task = asyncio.create_task(work)
        running.add(task)
        task.add_done_callback(finished.put_nowait)

    async def one(target: Target) -> tuple[Any, list[Post]]:
        return target.key, await prober.check(url=target.url, function=target.function)

    async def feed() -> None:
        if isinstance(targets, AsyncIterable):
            async for target in targets:
                start(one(target))
        else:
            for target in targets:
                start(one(target))

    start(feed())
    try:
        while running:
            task = await finished.get()
            running.discard(task)
            if (result := task.result()) is not None:
                yield result
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@dataclass
class _Measured:
    """A Post in the making; times unrounded."""

    reason: CheckReason | None = None
    detail: str = ""
    address: str = ""
    status: int | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    total_ms: float | None = None

    def post(self, started_at: str) -> Post:
        return Post(
            address=self.address,
            dns_ms=_tenths(self.dns_ms),
            connect_ms=_tenths(self.connect_ms),
            tls_ms=_tenths(self.tls_ms),
            first_byte_ms=_tenths(self.first_byte_ms),
            total_ms=_tenths(self.total_ms),
            status=self.status,
            reason=self.reason,
            detail=self.detail,
            started_at=started_at,
        )


async def _read(answer: httpcore2.Response) -> None:
    """To the end of the body, or to the most that is read of it."""
    read = 0
    async with aclosing(answer.aiter_stream()) as parts:
        async for part in parts:
            read += len(part)
            if read >= MOST_BODY:
                return


def _said(answer: httpcore2.Response) -> tuple[CheckReason | None, str]:
    if answer.status == 200:
        return None, ""
    if answer.status not in REDIRECTS:
        return CheckReason.STATUS, str(answer.status)
    location = next((value for name, value in answer.headers if name.lower() == b"location"), b"")
    return CheckReason.REDIRECT, f"{answer.status} {shown(location.decode('latin-1'))}".rstrip()


def _tenths(ms: float | None) -> float | None:
    """Kept to 0.1 ms and rounded up, so that 500.04 ms do not pass as 500.0."""
    return None if ms is None else math.ceil(max(0.0, ms) * 10) / 10
