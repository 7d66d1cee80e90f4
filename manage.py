#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL they bring the embedded stack with them."""

import os
import sys

from django.core.management import execute_from_command_line

from kmc_portal.embedded import command


def main() -> None:
    if sys.argv[1:2] == ["rule"]:  # answers without settings, so that it works wherever the code lies
        from kmc_portal.management.commands.rule import Command

        Command().run_from_argv(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
    with command.stack_for(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
