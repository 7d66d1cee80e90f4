"""The connectivity check against a bare asyncio/ssl client, on a TLS receiver in a process of its own.

Two things are told: how far the median of the measured totals lies from what the receiver holds an answer plus the
bare client's own time for the same exchange, and how much longer 200 checks of 1 s take than one. The ratio is of the
second, 200 checks to one.
"""

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from accounts.gateways.probe import Prober, ProbeSettings, Target, check_all
from accounts.gateways.probe_samples import payload
from accounts.rules.plans import NotificationFunction
from kmc_portal.embedded.addresses import BASE_DIR
from tests.bench import Bench, seconds

HOST = "receiver.kmc.example.jp"
FUNCTION = NotificationFunction.WEBHOOK
HOLD_MS, LONG_MS = 200, 1000


@dataclass(frozen=True)
class End:
    port: int
    ca_file: str

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/"

    def prober(self) -> Prober:
        return Prober(
            ProbeSettings(
                loopback=frozenset({(HOST, self.port)}), hosts={HOST: "127.0.0.1"}, ca_file=self.ca_file
            )
        )


def run(small: bool) -> Bench:
    rounds, together = (4, 20) if small else (20, 200)
    with receiver(0) as quick, receiver(HOLD_MS) as held:
        # in turn, so that both see the same machine
        bare, totals = [], []
        for _ in range(rounds):
            bare += asyncio.run(bare_posts(quick, 3))
            totals += asyncio.run(checked(held, 1))
    beside = median(totals) - HOLD_MS - median(bare)
    with receiver(LONG_MS) as slow:
        one = seconds(partial(asyncio.run, checked(slow, 1)))
        many = seconds(partial(asyncio.run, checked(slow, together)))
    detail = (
        f"median of {len(totals)} POSTs held {HOLD_MS} ms: {median(totals):.1f} ms, the bare client's own time "
        f"{median(bare):.1f} ms, so {beside:+.1f} ms beside it; {together} checks of 3 × {LONG_MS} ms: "
        f"{many - one:+.2f} s to one"
    )
    return Bench("connectivity", one, many, detail)


async def checked(end: End, count: int) -> list[float]:
    """The totals in ms of so many checks side by side; each must have got 200."""
    prober = end.prober()
    found = [
        posts async for _, posts in check_all(prober, [Target(n, end.url, FUNCTION) for n in range(count)])
    ]
    posts = [post for one in found for post in one]
    assert len(posts) == 3 * count
    assert all(post.reason is None for post in posts), [post for post in posts if post.reason]
    return [post.total_ms for post in posts if post.total_ms is not None]


async def bare_posts(end: End, count: int) -> list[float]:
    """ms of so many exchanges on fresh connections, with nothing but asyncio and ssl."""
    context = ssl.create_default_context(cafile=end.ca_file)
    body = payload(FUNCTION)
    request = f"POST / HTTP/1.1\r\nHost: {HOST}:{end.port}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    loop, found = asyncio.get_running_loop(), []
    for _ in range(count):
        start = loop.time()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", end.port, ssl=context, server_hostname=HOST
        )
        writer.write(request.encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        found.append((loop.time() - start) * 1000)
        assert head.startswith(b"HTTP/1.1 200 ")
        writer.close()
    return found


@contextmanager
def receiver(delay_ms: int) -> Iterator[End]:
    """`manage.py demo_receiver` until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "demo_receiver",
                "--port",
                "0",
                "--folder",
                folder,
                "--delay-ms",
                str(delay_ms),
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=BASE_DIR,
            env=os.environ | {"CONNECTIVITY_LOOPBACK": f"{HOST}:1"},
        )
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline().rstrip().rstrip("/").rpartition(":")[2])
            yield End(port, str(Path(folder) / "ca.pem"))
        finally:
            process.terminate()
            process.communicate()
