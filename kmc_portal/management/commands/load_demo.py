"""Fill an empty database with the demo's story. Where there is somebody already, nothing is done."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from kmc_portal.demo import billing, changes, story
from kmc_portal.demo.people import PASSWORD, STAFF


class Command(BaseCommand):
    help = "空のデータベースにデモデータを入れます（データがあれば何もしません）。"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("KMC_DEMO=off のため、デモデータは入れません。")
        now = timezone.now()
        if User.objects.exists():
            self.stdout.write("データがあるため、デモデータは入れませんでした。")
        else:
            self.stdout.write(f"デモデータを入れました（{story.play(now)}社）。")
        if billing.is_unfinished():
            self.stdout.write(billing.tell(now))
        if changes.is_unfinished():
            self.stdout.write(changes.tell(now))


def logins() -> list[str]:
    """The demo's logins as lines to print."""
    lines = [f"  {member.name:<10} {member.email}" for member in STAFF.values()]
    lines.append("  お客様（例）  admin@aozora.example.jp / admin@minato.example.jp / admin@fuji.example.jp")
    lines.append(f"  パスワードはすべて {PASSWORD}")
    return lines
