"""`manage.py demo_receiver`: the demo's example of a customer's server, for connectivity checks (§1.9)."""

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kmc_portal.demo.receiver import BACKLOG, ENDS, Answer, answer, start, tls_context


class Command(BaseCommand):
    help = "疎通確認を試すための受信サーバを、この機械の中だけで動かします（デモとテスト専用）。"
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--delay-ms", type=int, default=0, help="決まったパス以外への応答までの時間（ミリ秒）"
        )
        parser.add_argument("--status", type=int, default=200, help="決まったパス以外へ返すステータスコード")
        parser.add_argument(
            "--port",
            type=int,
            default=settings.RECEIVER_PORT,
            help="待ち受けるポート番号（0は空いている番号）",
        )
        parser.add_argument(
            "--folder", type=Path, default=settings.RECEIVER_FOLDER, help="認証局の証明書（ca.pem）を置く場所"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("KMC_DEMO=off のため、デモ用の受信サーバは起動しません。")
        if not 0 <= options["delay_ms"] <= 60_000:
            raise CommandError("--delay-ms には0から60000までの整数を指定してください。")
        if not 200 <= options["status"] <= 599:
            raise CommandError("--status には200から599までの整数を指定してください。")
        names = sorted({entry.rpartition(":")[0] for entry in settings.CONNECTIVITY_LOOPBACK})
        if not names:
            raise CommandError("CONNECTIVITY_LOOPBACK に受信サーバの名前がありません。")
        try:
            listener = socket.create_server(("127.0.0.1", options["port"]), backlog=BACKLOG)
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"ポート {options['port']} が使えないため、デモ用の受信サーバは起動しません。"
                f"RECEIVER_PORT で別の番号を指定できます。/ {error}"
            ) from None
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # answers do not wait for an ACK
        # only now: a second one must not replace the authority of the one that runs
        tls = tls_context(options["folder"], names)
        with listener:
            self._tell(names, listener.getsockname()[1])
            with suppress(KeyboardInterrupt):
                asyncio.run(serve(listener, tls, answer(options["status"], delay_ms=options["delay_ms"])))

    def _tell(self, names: list[str], port: int) -> None:
        self.stdout.write(
            "デモ用の受信サーバ（お客様のサーバの見本）: "
            + " ".join(f"https://{name}:{port}/" for name in names)
        )
        for path, (says, _) in ENDS.items():
            self.stdout.write(f"  {path:<10} {says}")
        self.stdout.flush()


async def serve(listener: socket.socket, tls: ssl.SSLContext, otherwise: Answer) -> None:
    async with await start(listener=listener, tls=tls, otherwise=otherwise) as server:
        await server.serve_forever()
