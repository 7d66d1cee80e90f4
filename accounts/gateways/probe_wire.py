"""One fresh connection of the probe (§1.9): to the very address that was checked, with a stopwatch.

httpcore2 speaks HTTP over it and believes that it connected to the name, so that Host and SNI stay the name.
"""

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2

READ_BYTES = 4096  # at most so many at a time
MOST_BYTES = 64 * 1024  # of one answer, head and framing included


class TooLarge(Exception):
    """More bytes than an answer may have."""


@dataclass
class Marks:
    """When each phase ended, by time.perf_counter(); None for what was not reached."""

    started: float
    connected: float | None = None
    secured: float | None = None
    sent: float | None = None
    first_byte: float | None = None
    ended: bool = False  # by the other side

    @property
    def connect_ms(self) -> float | None:
        return _ms(self.started, self.connected)

    @property
    def tls_ms(self) -> float | None:
        return _ms(self.connected, self.secured)

    @property
    def first_byte_ms(self) -> float | None:
        return _ms(self.sent, self.first_byte)


class Wire(httpcore2.AsyncNetworkBackend):
    """The way to `address`, for one connection. `on_ready` is called when the request may be sent."""

    def __init__(self, address: str, on_ready: Callable[[], None]) -> None:
        self._address, self._on_ready = address, on_ready
        self._stream: httpcore2.AsyncNetworkStream | None = None
        self.marks = Marks(time.perf_counter())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """`host` is the name; it is not asked for again."""
        if self._stream is not None:
            raise RuntimeError("a wire is for one connection")
        self.marks.started = time.perf_counter()
        self._stream = await httpcore2.AnyIOBackend().connect_tcp(self._address, port)
        self.marks.connected = time.perf_counter()
        return _Timed(self._stream, self.marks, self._on_ready)

    async def aclose(self) -> None:
        """Also what a handshake that was broken off has left open."""
        if self._stream is not None:
            await self._stream.aclose()


class _Timed(httpcore2.AsyncNetworkStream):
    def __init__(
        self, stream: httpcore2.AsyncNetworkStream, marks: Marks, on_ready: Callable[[], None]
    ) -> None:
        self._stream, self._marks, self._on_ready = stream, marks, on_ready
        self._received = 0

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        secured = await self._stream.start_tls(ssl_context, server_hostname)
        self._marks.secured = time.perf_counter()
        return _Timed(secured, self._marks, self._on_ready)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._marks.sent is None:
            self._on_ready()
        await self._stream.write(buffer)
        self._marks.sent = time.perf_counter()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._received >= MOST_BYTES:
            raise TooLarge
        data = await self._stream.read(min(max_bytes, READ_BYTES))
        if data and self._marks.first_byte is None:
            self._marks.first_byte = time.perf_counter()
        self._marks.ended = not data
        self._received += len(data)
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else (end - start) * 1000
