"""The embedded stack of development, demo and tests: PostgreSQL and Valkey from PyPI wheels, no root, no apt.

`addresses` says where it listens (pure, read by the settings), `servers` starts and stops it, `processes`
ties children to their parent and drops root, `command` serves manage.py, `server` is script/server.
"""


class StackProblem(Exception):
    """Something a person has to put right; the text says what, Japanese first."""
