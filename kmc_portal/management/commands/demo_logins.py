"""Print the demo's logins."""

from typing import Any

from django.core.management.base import BaseCommand

from kmc_portal.management.commands.load_demo import logins


class Command(BaseCommand):
    help = "デモのログインを表示します。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(logins()))
