#!/usr/bin/env python
"""Django's commands. Without DATABASE_URL they bring the embedded stack with them."""

import os
import sys

from django.core.management import execute_from_command_line

from kmc_portal.embedded import command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
    with command.stack_for(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
