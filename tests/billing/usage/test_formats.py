"""The forms of a file, and what happens when a line or all of it cannot be read."""

import gzip
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from accounts.models import User
from billing.models import DailyFact, UsageFile
from billing.services.usage import BadFile
from tests.billing.usage.conftest import Usage, counts, facts, listed, reasons
from tests.fixtures.billing import COLUMNS
from tests.fixtures.staff_pages import Desk, words

pytestmark = pytest.mark.django_db

HEADER = ",".join(COLUMNS)


def good(message_id: str) -> str:
    return f"{message_id},{{n}},0120000000,2026-10-15T12:00:00+09:00,sms,docomo,70"


def test_bom_crlf_quotes_and_any_order_of_columns_are_all_the_same(usage: Usage) -> None:
    rows = [usage.row("a"), usage.row("b", channel="rcs", chars="")]
    plain = usage.file(rows).read_bytes()
    backwards = usage.file(rows, columns=COLUMNS[::-1]).read_bytes()
    quoted = b"\n".join(
        b",".join(b'"%b"' % value for value in line.split(b",")) for line in plain.strip().split(b"\n")
    )
    forms = [
        plain,
        plain.rstrip(b"\n"),
        plain + b"\n\n",
        b"\xef\xbb\xbf" + plain,
        plain.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + quoted.replace(b"\n", b"\r\n"),
        quoted,
        backwards,
        plain.replace(b"\n", b"\n\n", 2),
        plain.replace(b"\n", b"\r\n", 1),
    ]
    expected = [
        ("0120000000", "2026-10-15", "rcs", "docomo", usage.number, 1, 1),
        ("0120000000", "2026-10-15", "sms", "docomo", usage.number, 1, 1),
    ]
    for form in forms:
        file = usage.take(usage.bytes(form)).file
        assert (counts(file), facts(file)) == ((2, 2, 0, 0), expected), form


def test_gzip_and_parquet_are_the_same_too(usage: Usage) -> None:
    plain = usage.file([usage.row("a"), usage.row("b", chars="x")])
    packed = usage.bytes(
        gzip.compress(plain.read_bytes()[:100]) + gzip.compress(plain.read_bytes()[100:]),
        "usage-20261015.csv.gz",
    )
    table = Path(usage.folder, "usage-20261015.parquet")
    duckdb.sql(f"COPY (FROM read_csv('{plain}', all_varchar = true)) TO '{table}'")
    assert reasons(usage.take(plain).file) == {3: "chars は文字数を半角数字で書いてください"}
    assert reasons(usage.take(packed).file) == {3: "chars は文字数を半角数字で書いてください"}
    assert reasons(usage.take(table).file) == {
        2: "chars は文字数を半角数字で書いてください"
    }  # no header there
    assert counts(usage.live()) == (2, 1, 1, 0)


def test_parquet_may_have_times_and_numbers(usage: Usage) -> None:
    table = usage.folder / "usage-20261015.parquet"
    duckdb.sql(
        f"""COPY (SELECT 'a' AS message_id, '{usage.number}' AS contract_number, '0120000000' AS account,
                  TIMESTAMP '2026-10-15 00:00:00' AS sent_at, 'sms' AS channel, 'au' AS carrier, 71::SMALLINT AS chars)
            TO '{table}'"""
    )
    assert facts(usage.take(table).file) == [("0120000000", "2026-10-15", "sms", "au", usage.number, 2, 1)]
    zoned = usage.folder / "usage-20261014.parquet"
    duckdb.sql(
        f"""COPY (SELECT 'b' AS message_id, '{usage.number}' AS contract_number, '0120000000' AS account,
                  TIMESTAMPTZ '2026-10-13 15:00:00+00' AS sent_at, 'plus' AS channel, 'au' AS carrier,
                  NULL::INTEGER AS chars) TO '{zoned}'"""
    )
    assert facts(usage.take(zoned).file) == [("0120000000", "2026-10-14", "plus", "au", usage.number, 1, 1)]


def test_a_broken_line_is_refused_with_its_number_and_takes_no_other_with_it(usage: Usage) -> None:
    text = [
        HEADER,
        good("m1"),
        "m2,too,few",
        good("m3"),
        f"{good('m4')},too many",
        '"m5,' + good("x"),  # a quote that is never closed
        good("m6"),
        good("m7").replace("m7", '"m7"'),
        good("m8").replace("m8", '"m"8"'),
        "",
        good("m9"),
    ]
    file = usage.take(usage.bytes("\n".join(text).replace("{n}", usage.number).encode())).file
    count, quotes = "列の数が7列ではありません", '引用符（"）の使い方が正しくありません'
    assert reasons(file) == {3: count, 5: count, 6: quotes, 9: quotes}
    assert counts(file) == (9, 5, 4, 0)
    assert next(row["元の行"] for row in listed(file)) == "m2,too,few"
    assert facts(file)[0][-1] == 5


def test_a_refused_value_is_listed_up_to_what_a_cell_of_excel_holds(
    usage: Usage, desk: Callable[[User], Desk], viewer: User
) -> None:
    rows = [good("x" * 32_000), good("y" * 32_001), "z" * 200_000]
    file = usage.take(usage.bytes("\n".join([HEADER, *rows]).replace("{n}", usage.number).encode())).file
    first, second, third = listed(file)
    assert first["message_id"] == "x" * 32_000
    assert second["message_id"] == "y" * 32_000 + "…"
    assert third["元の行"] == "z" * 32_000 + "…"
    page = desk(viewer).open(f"/admin/billing/usagefile/{file.pk}/change/")
    assert "列の数が7列ではありません" in words(page)


def test_an_unclosed_quote_in_an_otherwise_quoted_file_stays_in_its_line(usage: Usage) -> None:
    rows = [good(name) for name in ('"a"', '"b', '"c"', '"d"')]
    file = usage.take(usage.bytes("\n".join([HEADER, *rows]).replace("{n}", usage.number).encode())).file
    assert counts(file) == (4, 3, 1, 0)
    assert list(reasons(file)) == [3]


def test_a_lone_carriage_return_is_part_of_its_line(usage: Usage) -> None:
    text = "\n".join([HEADER, good("a"), good("b\r"), good("c")]).replace("{n}", usage.number)
    file = usage.take(usage.bytes(text.encode())).file
    assert reasons(file) == {3: "message_id は半角英数記号で64文字までです"}


def test_a_day_without_deliveries_is_a_file_with_a_header_alone(usage: Usage) -> None:
    file = usage.take(usage.bytes(HEADER.encode() + b"\n")).file
    assert (counts(file), file.first_day, file.evidence is not None) == ((0, 0, 0, 0), None, True)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("usage-20261015.csv", b"", "ファイルが空です"),
        ("usage-20261015.csv", b"\n\n", "1行目が空です"),
        (
            "usage-20261015.csv",
            b"message_id,account\n",
            "1行目の列名に contract_number、sent_at、channel、carrier、chars が",
        ),
        ("usage-20261015.csv", f"{HEADER},memo\n".encode(), "1行目の列名 「memo」 は使えません"),
        ("usage-20261015.csv", f"{HEADER},chars\n".encode(), "列名 chars が2回以上あります"),
        ("usage-20261015.csv", HEADER.encode("utf-16"), "1行目がUTF-8ではありません"),
        (
            "usage-20261015.csv",
            f"{HEADER}\na\nb会社\n".encode("cp932"),
            "3行目の2文字目がUTF-8ではありません",
        ),
        ("usage-20261015.csv", f"{HEADER}\n{'x' * 3_000_000}\n".encode(), "2行目が長すぎます"),
        ("usage-20261015.csv.gz", b"", "gzipファイルが途中で切れているか"),
        ("usage-20261015.csv.gz", HEADER.encode(), "gzipファイルが途中で切れているか"),
        (
            "usage-20261015.csv.gz",
            gzip.compress(HEADER.encode() * 100, mtime=0)[:-9],
            "gzipファイルが途中で切れているか",
        ),
        ("usage-20261015.csv.gz", gzip.compress(b"0" * 100_000_000), "圧縮率が高すぎます"),
        ("usage-20261015.parquet", b"", "ファイルが空です"),
        ("usage-20261015.parquet", HEADER.encode(), "Parquetとして読み取れません"),
        ("usage-20261015.csv", bytes(range(10)) + b"\n", "列名 「�{9}」 は使えません"),
        ("usage-00010101.csv", b"x", "ファイル名の日付 00010101 は存在しません"),
        ("usage-20261032.csv", b"x", "ファイル名の日付 20261032 は存在しません"),
        ("usage-2026-10-15.csv", b"x", "ファイル名は usage-YYYYMMDD.csv"),
        ("usage-20261015.xlsx", b"x", "ファイル名は usage-YYYYMMDD.csv"),
        (f"usage-20261015-{'a' * 21}.csv", b"x", "ファイル名は usage-YYYYMMDD.csv"),
        ("usage-20261111.csv", b"x", "対象日が今日より後です"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_with_the_place(
    usage: Usage, name: str, data: bytes, said: str
) -> None:
    with pytest.raises(BadFile, match=said) as refusal:
        usage.take(usage.bytes(data, name))
    assert str(refusal.value).startswith(f"{name}：")
    assert not UsageFile.objects.exists()
    assert not DailyFact.objects.exists()


def test_a_path_with_signs_of_patterns_is_a_path(usage: Usage) -> None:
    usage.folder = usage.folder / "in [a-z]*' box"
    usage.folder.mkdir()
    assert counts(usage.take_rows(usage.row()).file) == (1, 1, 0, 0)
