"""A customer's server as the demo has it (§1.9): https on this machine, with ends that are OK, slow and broken.

Its certificate is of an authority made at every start; `ca.pem` in the folder is what the demo's checks trust.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path

import trustme

DRIP_SECONDS = 0.5
MOST_HEAD = 64 * 1024  # bytes
BACKLOG = 512  # connections that wait

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, *, delay_ms: int = 0, headers: Sequence[str] = ()) -> Answer:
    """A whole answer after a time."""

    async def write(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(delay_ms / 1000)
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", "Content-Length: 0", "Connection: close", *headers]
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
        await writer.drain()

    return write


async def hang(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(DRIP_SECONDS)


async def drop(writer: asyncio.StreamWriter) -> None:
    """Nothing: the connection is closed after the request."""


ENDS: dict[str, tuple[str, Answer]] = {  # path → what a newcomer reads, what it does
    "/ok": ("すぐに200を返します", answer(200)),
    "/edge": ("450ミリ秒後に200を返します（500ミリ秒の直前）", answer(200, delay_ms=450)),
    "/slow": ("700ミリ秒後に200を返します", answer(200, delay_ms=700)),
    "/error": ("500を返します", answer(500)),
    "/redirect": ("/ok へ転送します", answer(302, headers=["Location: /ok"])),
    "/hang": ("応答しません", hang),
    "/drip": ("応答を少しずつ返し続けます", drip),
    "/drop": ("応答せずに切断します", drop),
}


def tls_context(folder: Path, names: Sequence[str]) -> ssl.SSLContext:
    """A new authority and a certificate for the names; the authority's certificate is left in the folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="KMC demo")
    new = folder / "ca.pem.new"
    authority.cert_pem.write_to_path(str(new))
    new.replace(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


async def start(*, listener: socket.socket, tls: ssl.SSLContext, otherwise: Answer) -> asyncio.Server:
    """Serve what comes to the listening socket; paths that are not in ENDS get `otherwise`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            await reader.readexactly(_length(head))
            path = head.split()[1].partition("?")[0]
            await ENDS.get(path, ("", otherwise))[1](writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, IndexError):
            return  # whoever asked is gone, or does not speak HTTP
        finally:
            writer.close()

    return await asyncio.start_server(serve, sock=listener, ssl=tls, limit=MOST_HEAD, backlog=BACKLOG)


def _length(head: str) -> int:
    """ValueError where it is not a number."""
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "-"
