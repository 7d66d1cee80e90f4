"""DuckDB as this project runs it: in memory, within limits, and reaching for nothing but the files it is given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

MEMORY = "1GiB"  # of a process; what does not fit goes to the work folder


@contextmanager
def connected(work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """`work` is a folder of the caller's for what does not fit into memory."""
    with duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(work / "spilled"),
            "threads": os.cpu_count() or 1,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    ) as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        connection.execute("SET enable_progress_bar = false")
        yield connection


def quoted(path: Path | str) -> str:
    """A path or text as a literal, where DuckDB takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"
