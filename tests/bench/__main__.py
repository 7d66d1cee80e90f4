"""The runner behind script/bench: a table for people, then one line `NAME ratio=…` per bench."""

import argparse
import importlib
import os
import pkgutil
from pathlib import Path

from tests import bench
from tests.stack import throw_away


def main() -> None:
    found = [module.name for module in pkgutil.iter_modules(bench.__path__) if module.name != "__main__"]
    parser = argparse.ArgumentParser(prog="script/bench", description="各処理を、その下限と比べて測ります。")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"測るもの（指定しなければ全部）: {', '.join(found)}"
    )
    parser.add_argument("--small", action="store_true", help="少量で動作だけを確かめます。")
    options = parser.parse_args()
    if unknown := set(options.names) - set(found):
        parser.error(f"{', '.join(sorted(unknown))} はありません。使える名前: {', '.join(found)}")
    with throw_away.stack() as folder:
        throw_away.set_environment(Path(folder), "master")
        os.environ["DJANGO_SETTINGS_MODULE"] = "kmc_portal.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        results = []
        for name in options.names or found:
            results.append(importlib.import_module(f"tests.bench.{name}").run(options.small))
    print(f"{'bench':<24}{'floor s':>10}{'measured s':>12}{'ratio':>8}  detail")
    for row in results:
        print(
            f"{row.name:<24}{row.floor_seconds:>10.3f}{row.measured_seconds:>12.3f}{row.ratio:>8.2f}  {row.detail}"
        )
    print()
    for row in results:
        print(f"{row.name} ratio={row.ratio:.2f}")


if __name__ == "__main__":
    main()
