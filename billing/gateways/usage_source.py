"""Get at the rows of a file of delivery records, whatever its form: the table `raw` of texts, a row for every row.

A line is a record: a fault in one line (a column too few, a quote that is not closed) never touches the next.
`row` is the line's number in the file, the header being 1; in Parquet the rows count from 1.
"""

import csv
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from billing.gateways.duck import quoted
from billing.rules.usage import COLUMNS, Fault, FileFormat

CHUNK = 1024 * 1024  # bytes
PACKED_CHUNK = 64 * 1024  # bytes; a thousand times as much may come out of it
LONGEST_HEADER = 64 * 1024  # bytes
MOST_EXPANDED = 200  # times; gzip of delivery records is about a tenth
BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # a NUL could not even be stored with the message
_NO_DELIMITER = "\U0010ffff"  # no character at all: in no text
# one value, bare or in quotes
_VALUE = '("(?:[^"]|"")*"|[^",]*)'


class UnreadableFile(Exception):
    """The whole file is refused; the message (Japanese) names the place."""


@dataclass
class Source:
    """A file on its way: hashed, and for CSV its lines counted. `text` is the CSV itself, unpacked."""

    path: Path
    format: FileFormat
    sha256: str
    size: int  # bytes
    text: Path | None = None
    rows: int = 0  # lines after the header, without empty ones at the end
    quotes: bool = False
    returns: bool = False
    plain_ends: bool = True  # every line ends alike


def prepare(path: Path, format: FileFormat, work: Path) -> Source:
    """Hash the file; unpack gzip. Raises UnreadableFile."""
    digest = hashlib.sha256()
    if format is FileFormat.PARQUET:
        size = sum(len(chunk) for chunk in _hashed(path, digest))
        return Source(path, format, digest.hexdigest(), size)
    counted = _Counted()
    if format is FileFormat.CSV:
        for chunk in _hashed(path, digest):
            counted.add(chunk)
        text = path
    else:
        text = work / "unpacked.csv"
        with text.open("wb") as target:
            for chunk in _unpacked(_hashed(path, digest, PACKED_CHUNK)):
                counted.add(chunk)
                target.write(chunk)
    return Source(
        path,
        format,
        digest.hexdigest(),
        path.stat().st_size,
        text,
        max(counted.lines - 1, 0),
        counted.quotes,
        counted.returns > 0,
        counted.plain_ends,
    )


def load(connection: duckdb.DuckDBPyConnection, source: Source, work: Path) -> None:
    """Make the view `raw`: row, the columns as text (None where empty), broken (a Fault's bit), line (where broken)."""
    if source.format is FileFormat.PARQUET:
        _load_parquet(connection, source.path, work)
        return
    assert source.text is not None, "CSV was prepared"
    header = _header(source.text)
    target = work / "raw.parquet"
    if not _load_plain(connection, source, header, target, work):
        _load_lines(connection, source, header, target, work)


class _Counted:
    """What must be known of a text before it is read: its lines, and whether there are quotes or odd line ends."""

    def __init__(self) -> None:
        self.ends = self.returns = self.pairs = self.trailing = 0
        self.quotes = self.any = False
        self.last = b""

    def add(self, chunk: bytes) -> None:
        ends = chunk.count(b"\n")
        self.ends += ends
        self.quotes = self.quotes or b'"' in chunk
        if b"\r" in chunk or self.last == b"\r":
            self.returns += chunk.count(b"\r")
            self.pairs += chunk.count(b"\r\n") + (self.last == b"\r" and chunk.startswith(b"\n"))
        body = chunk.rstrip(b"\r\n")
        if body:
            self.any = True
            self.trailing = chunk[len(body) :].count(b"\n")
        else:
            self.trailing += ends
        self.last = chunk[-1:] or self.last

    @property
    def lines(self) -> int:
        return self.ends - self.trailing + self.any

    @property
    def plain_ends(self) -> bool:
        return self.returns == self.pairs and self.pairs in (0, self.ends)


def _hashed(path: Path, digest: "hashlib._Hash", size: int = CHUNK) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(size):
            digest.update(chunk)
            yield chunk


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """gzip, also several members in a row."""
    broken = "gzipファイルが途中で切れているか、壊れています。作り直してください。"
    packed = unpacked = 0
    member = None
    try:
        for chunk in chunks:
            packed += len(chunk)
            rest = chunk
            while rest:
                member = member or zlib.decompressobj(wbits=31)
                text, rest = member.decompress(rest), b""
                unpacked += len(text)
                if unpacked > CHUNK * 16 and unpacked > packed * MOST_EXPANDED:
                    raise UnreadableFile("gzipファイルの圧縮率が高すぎます。内容を確認してください。")
                if text:
                    yield text
                if member.eof:
                    rest, member = member.unused_data.lstrip(b"\0"), None
    except zlib.error as error:
        raise UnreadableFile(broken) from error
    if member is not None or packed == 0:
        raise UnreadableFile(broken)


# CSV ----------------------------------------------------------------------------------------------


def _header(text: Path) -> list[str]:
    with text.open("rb") as file:
        line = file.readline(LONGEST_HEADER)
    if not line.removeprefix(BOM).strip():
        where = "1行目が空です" if text.stat().st_size else "ファイルが空です"
        raise UnreadableFile(f"{where}。1行目に列名（{'、'.join(COLUMNS)}）を書いてください。")
    try:
        first = line.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile("1行目がUTF-8ではありません。UTF-8で保存してください。") from error
    return _checked([name.strip() for name in next(csv.reader([first]), [])], "1行目の")


def _checked(names: list[str], where: str) -> list[str]:
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1 and name in COLUMNS})
    said = []
    if missing:
        said.append(f"{where}列名に {'、'.join(missing)} がありません。")
    if unknown:
        shown = "、".join(f"「{_CONTROL.sub('�', name[:40])}」" for name in unknown[:5])
        said.append(f"{where}列名 {shown} は使えません。")
    if twice:
        said.append(f"{where}列名 {'、'.join(twice)} が2回以上あります。")
    if said:
        raise UnreadableFile(
            f"{''.join(said)}列は {'、'.join(COLUMNS)} の{len(COLUMNS)}つです（順序は自由）。"
        )
    return names


def _load_plain(
    connection: duckdb.DuckDBPyConnection, source: Source, header: list[str], target: Path, work: Path
) -> bool:
    """DuckDB's own way, in parallel. False where a line is at fault or empty: then `_load_lines` looks closer."""
    if not source.plain_ends:
        return False
    quote = '"' if source.quotes else ""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in header)
    try:
        [(rows,)] = connection.execute(
            f"""
            COPY (SELECT {", ".join(COLUMNS)}
                    FROM read_csv({quoted(_linked(source.text, work))}, header = true, auto_detect = false,
                                  delim = ',', quote = '{quote}', escape = '{quote}', columns = {{{columns}}}))
              TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)
            """
        ).fetchall()
    except duckdb.InvalidInputException:
        return False
    if rows != source.rows:  # an empty line, or one that swallowed the next
        return False
    connection.execute(
        f"""
        CREATE VIEW raw AS
        SELECT file_row_number + 2 AS row, * EXCLUDE (file_row_number), 0 AS broken, NULL::VARCHAR AS line
          FROM read_parquet({quoted(target)}, file_row_number = true)
        """
    )
    return True


def _load_lines(
    connection: duckdb.DuckDBPyConnection, source: Source, header: list[str], target: Path, work: Path
) -> None:
    """Line by line, so that each fault stays where it is. Empty lines count, but are no rows."""
    assert source.text is not None, "CSV was prepared"
    text = _one_line_end(source.text, work) if source.returns else _linked(source.text, work)
    lines = work / "lines.parquet"
    try:
        connection.execute(
            f"""
            COPY (SELECT line FROM read_csv({quoted(text)}, header = false, skip = 1, auto_detect = false,
                                            delim = '{_NO_DELIMITER}', quote = '', escape = '', strict_mode = false,
                                            columns = {{'line': 'VARCHAR'}}))
              TO {quoted(lines)} (FORMAT parquet, COMPRESSION zstd)
            """
        )
    except duckdb.InvalidInputException as error:
        raise UnreadableFile(_place_of_fault(source.text)) from error
    several = ",".join([_VALUE] * len(COLUMNS))
    names = ", ".join(f"'{name}'" for name in header)
    split = ", ".join(f"'{name}': string_split(line, ',')[{n}]" for n, name in enumerate(header, start=1))
    nothing = ", ".join(f"'{name}': NULL::VARCHAR" for name in header)
    column_count, quoting = Fault.COLUMN_COUNT.bit, Fault.QUOTING.bit
    chosen = ", ".join(f"nullif({_bare(f'fields.{name}')}, '') AS {name}" for name in COLUMNS)
    connection.execute(
        f"""
        COPY (
            WITH numbered AS (
                SELECT file_row_number + 2 AS row, line, contains(line, '"') AS has_quotes
                  FROM read_parquet({quoted(lines)}, file_row_number = true)
                 WHERE line IS NOT NULL
            ), seen AS (
                SELECT row, line, has_quotes,
                       CASE WHEN NOT has_quotes
                            THEN CASE WHEN length(line) - length(replace(line, ',', '')) = {len(COLUMNS) - 1}
                                      THEN 0 ELSE {column_count} END
                            WHEN regexp_full_match(line, {quoted(several)}) THEN 0
                            WHEN regexp_full_match(line, {quoted(f"{_VALUE}(,{_VALUE})*")}) THEN {column_count}
                            ELSE {quoting} END AS broken
                  FROM numbered
            ), parted AS (
                SELECT row, line, broken,
                       CASE WHEN broken <> 0 THEN {{{nothing}}}
                            WHEN has_quotes THEN regexp_extract(line, {quoted(f"^{several}$")}, [{names}])
                            ELSE {{{split}}} END AS fields
                  FROM seen
            )
            SELECT row, {chosen}, broken, CASE WHEN broken <> 0 THEN line END AS line FROM parted
        ) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)
        """
    )
    lines.unlink()
    connection.execute(f"CREATE VIEW raw AS SELECT * FROM read_parquet({quoted(target)})")


def _bare(field: str) -> str:
    """The value without its quotes."""
    return f"""CASE WHEN starts_with({field}, '"') THEN replace({field}[2:-2], '""', '"') ELSE {field} END"""


def _one_line_end(text: Path, work: Path) -> Path:
    """A copy with LF alone; a carriage return elsewhere becomes a character that no value may have."""
    target = work / "ends.csv"
    with text.open("rb") as source, target.open("wb") as copy:
        held = b""
        while chunk := source.read(CHUNK):
            chunk = held + chunk
            held = b"\r" if chunk.endswith(b"\r") else b""
            if held:
                chunk = chunk[:-1]
            copy.write(chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\x1a"))
        copy.write(b"\n" if held else b"")
    return target


def _place_of_fault(text: Path) -> str:
    """Why DuckDB could not read the text, with its line."""
    with text.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                place = len(line[: error.start].decode("utf-8")) + 1
                return f"{number}行目の{place}文字目がUTF-8ではありません。ファイルをUTF-8で保存し直してください。"
            if len(line) > CHUNK:
                return f"{number}行目が長すぎます。1行に1件の記録を書いてください。"
    return "ファイルを読み取れません。CSV（UTF-8）で作り直してください。"


def _linked(path: Path | None, work: Path) -> Path:
    """Under a name of ours: DuckDB would take some signs in a path for patterns."""
    assert path is not None, "CSV was prepared"
    link = work / "source"
    if not link.is_symlink():
        link.symlink_to(path.absolute())
    return link


# Parquet ------------------------------------------------------------------------------------------


def _load_parquet(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> None:
    if path.stat().st_size == 0:
        raise UnreadableFile("ファイルが空です。")
    source = quoted(_linked(path, work))
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
        types = {str(name): str(kind) for name, kind, *_ in described}
        _checked(list(types), "Parquetの")
        chosen = ", ".join(f"nullif({_text(name, types[name])}, '') AS {name}" for name in COLUMNS)
        connection.execute(
            f"""
            CREATE VIEW raw AS
            SELECT file_row_number + 1 AS row, {chosen}, 0 AS broken, NULL::VARCHAR AS line
              FROM read_parquet({source}, file_row_number = true)
            """
        )
        connection.execute("SELECT max(row), bit_xor(hash(COLUMNS(*))) FROM raw").fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise UnreadableFile("Parquetとして読み取れません。途中で切れていないか確認してください。") from error


def _text(name: str, kind: str) -> str:
    """A column as its text; a moment as ISO 8601."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({name}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%f')"
    if ("(" in kind and not kind.startswith("DECIMAL")) or kind.endswith("]") or kind in ("BLOB", "UUID"):
        raise UnreadableFile(f"Parquetの列 {name} の型 {kind} は使えません。文字列にしてください。")
    return f"{name}::VARCHAR"
