"""A price list as a table: every fault has its line, what was written is read again, two lists are compared (§5.1)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import price_table
from billing.rules.carriers import DeliveryCarrier
from billing.rules.price_table import HEADER, Kind
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier, row_faults
from billing.rules.tax import TaxCategory
from kmc_portal.lib.csv_text import write_csv
from tests.fixtures.billing import row

HEAD = "項目コード,キャリア,課金方式,範囲,税区分,超える数量,単価\n"
GOOD = HEAD + "sms,,flat,contract,standard,0,3\n"


def line(text: str) -> str:
    return HEAD + text + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "sms,NTTドコモ,graduated,account,standard,0,3.5",
        "sms,docomo,段階（超えた分だけ次の単価）,請求先の合計,標準税率,0,3.5",
        "SMS配信料（課金通数あたり）,ＮＴＴドコモ,graduated,account,standard,０,３．５",
        "sms , docomo,graduated,account,standard,0,¥3.5",
        'sms,docomo,graduated,account,standard,"0","3.5円"',
    ],
)
def test_codes_and_labels_and_full_width_signs_are_read(text: str) -> None:
    found = price_table.read(line(text))
    assert found.faults == []
    assert found.rows == [
        row(PriceItem.SMS, "3.5", carrier="docomo", model=ChargeModel.GRADUATED, scope=Scope.ACCOUNT)
    ]


def test_columns_stand_in_any_order_and_the_name_alone_will_do() -> None:
    text = "単価,超える数量,税区分,範囲,課金方式,キャリア,項目名\n5,0,exempt,contract,flat,,'+メッセージ配信料（1通）\n"
    assert price_table.read(text).rows == [row(PriceItem.PLUS, "5", tax=TaxCategory.EXEMPT)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "料金表が空です"),
        (",,,\n,,\n", "料金表が空です"),
        (HEAD, "単価の行がひとつもありません"),
        (
            "a,b\n1,2\n",
            "1行目に見出しがありません：項目コード、キャリア、課金方式、範囲、税区分、超える数量、単価",
        ),
        (HEAD.replace("単価", "値段"), "1行目に見出しがありません：単価"),
        (HEAD.replace("単価", "単価,備考"), "1行目の見出し「備考」は使えません"),
        (line("smss,,flat,contract,standard,0,3"), "2行目: 項目コード「smss」は使えません"),
        (line(",,flat,contract,standard,0,3"), "2行目: 項目コードが空です"),
        (line("sms,kddi,flat,contract,standard,0,3"), "2行目: キャリア「kddi」は使えません"),
        (line("sms,,each,contract,standard,0,3"), "2行目: 課金方式「each」は使えません"),
        (line("sms,,flat,,standard,0,3"), "2行目: 範囲が空です"),
        (line("sms,,flat,contract,10%,0,3"), "2行目: 税区分「10%」は使えません"),
        (line("sms,,flat,contract,standard,-1,3"), "2行目: 超える数量には0以上の整数"),
        (line("sms,,flat,contract,standard,1.5,3"), "2行目: 超える数量には0以上の整数"),
        (line("sms,,flat,contract,standard,0,-3"), "2行目: 単価には0以上の数字"),
        (line("sms,,flat,contract,standard,0,"), "2行目: 単価には0以上の数字"),
        (line("sms,,flat,contract,standard,0,1e3"), "2行目: 単価には0以上の数字"),
        (
            line("sms,,flat,contract,standard,0,3.12345"),
            "2行目（SMS配信料（課金通数あたり））: 単価は0以上、小数4桁以内",
        ),
        (line("sms,,flat,contract,standard,0,1,000"), "2行目: 列が多すぎます"),
        (
            line("sms,,volume,contract,standard,5,3"),
            "2行目（SMS配信料（課金通数あたり））: 最初の段階は0通超から",
        ),
        (GOOD + "\n\nsmss,,flat,contract,standard,0,3\n", "5行目: 項目コード「smss」"),
        (
            GOOD + "sms,,volume,contract,standard,10,2\n",
            "3行目: 同じ項目の2行目と、課金方式・範囲・税区分をそろえて",
        ),
        (
            GOOD + "sms,,flat,contract,standard,0,3\n",
            "2行目（SMS配信料（課金通数あたり））: 段階は少ない順に並べ",
        ),
        (HEAD + '"sms,,flat,contract,standard,0,3\n', "CSVとして読み取れません"),
        (HEAD + "sms,,flat,contract,standard,0,3\n" * 1001, "1,000行以内"),
    ],
)
def test_a_fault_names_its_line_and_what_is_possible(text: str, said: str) -> None:
    found = price_table.read(text)
    assert any(said in fault for fault in found.faults), found.faults


def test_all_faults_are_said_at_once() -> None:
    found = price_table.read(HEAD + "smss,,flat,,standard,x,y\nrcs,au,flat,contract,standard,0,3\n")
    assert [fault.split("行目")[0] for fault in found.faults] == ["2", "2", "2", "2", "3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_each_encoding_that_excel_saves_is_read(encoding: str) -> None:
    data = line("sms,NTTドコモ,flat,contract,標準税率,0,3").encode(encoding)
    assert price_table.read(price_table.decode(data)).rows == [row(PriceItem.SMS, "3", carrier="docomo")]


@pytest.mark.parametrize("data", [b"PK\x03\x04\x14\x00\x06", b"\xff\xfes\x00m\x00", b"\x81"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(price_table.Unreadable, match="CSV UTF-8"):
        price_table.decode(data)


prices = st.decimals(0, 10_000, places=4).map(lambda price: price.normalize() + 0)
tiers = st.lists(st.integers(1, 10**6), max_size=3, unique=True).flatmap(
    lambda above: st.tuples(*(st.builds(Tier, st.just(n), prices) for n in [0, *sorted(above)]))
)


def published(
    item: PriceItem, carrier: str, model: ChargeModel, tax: TaxCategory, tiers: tuple[Tier, ...]
) -> PriceRow:
    carrier = carrier if item is PriceItem.SMS else ""
    flat = model is ChargeModel.FLAT or item not in (PriceItem.SMS, PriceItem.PLUS, PriceItem.RCS)
    model = ChargeModel.FLAT if flat else model
    return PriceRow(0, item, carrier, model, Scope.CONTRACT, tax, tiers[:1] if flat else tiers)


rows = st.lists(
    st.builds(
        published,
        st.sampled_from(PriceItem),
        st.sampled_from(["", *DeliveryCarrier]),
        st.sampled_from(ChargeModel),
        st.sampled_from(TaxCategory),
        tiers,
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda one: (one.item, one.carrier),
)


@given(rows)
def test_a_list_that_was_written_is_read_as_it_was(wanted: list[PriceRow]) -> None:
    assert [fault for one in wanted for fault in row_faults(one)] == []
    found = price_table.read(write_csv(HEADER, price_table.as_lines(wanted)))
    assert (found.faults, found.rows) == ([], wanted)


@given(st.text(max_size=200))
def test_any_text_is_answered_with_rows_or_faults(text: str) -> None:
    for given_text in (text, HEAD + text):
        found = price_table.read(given_text)
        assert bool(found.rows) or bool(found.faults)


# as shown -------------------------------------------------------------------------------------------


def test_ranges_of_tiers_as_people_read_them() -> None:
    tiered = row(PriceItem.SMS, (0, "3.5"), (1000, "3"), (50000, "2.5"), model=ChargeModel.VOLUME)
    assert price_table.tier_ranges(tiered) == [
        ("1～1,000", Decimal("3.5")),
        ("1,001～50,000", Decimal(3)),
        ("50,001～", Decimal("2.5")),
    ]
    assert price_table.tier_ranges(row(PriceItem.RCS, "5")) == [("", Decimal(5))]


@pytest.mark.parametrize(
    ("price", "text"),
    [("3.5000", "3.5"), ("1000", "1000"), ("0.0000", "0"), ("0.0001", "0.0001"), ("10", "10")],
)
def test_a_price_is_written_without_zeros_at_its_end(price: str, text: str) -> None:
    assert price_table.plain(Decimal(price)) == text


@pytest.mark.parametrize(
    ("price", "text"), [("3.5000", "3.5"), ("1000", "1,000"), ("30000.5", "30,000.5"), ("0.0001", "0.0001")]
)
def test_a_price_is_shown_with_commas(price: str, text: str) -> None:
    assert price_table.spoken(Decimal(price)) == text


def test_the_table_to_start_from_is_read_as_it_is() -> None:
    rows = [row(PriceItem.SMS, "3.5"), row(PriceItem.PLUS, "1000")]
    text = price_table.as_text(rows)
    assert "plus,+メッセージ配信料（1通）,,flat,contract,standard,0,1000\n" in text
    assert price_table.read(text).rows == rows


def test_two_lists_are_compared_in_the_order_of_the_items() -> None:
    before = [row(PriceItem.CONTRACT_FEE, "1"), row(PriceItem.SMS, "3.50"), row(PriceItem.PLUS, "6")]
    after = [
        row(PriceItem.SMS, "2", carrier="au"),
        row(PriceItem.PLUS, "6", tax=TaxCategory.EXEMPT),
        row(PriceItem.SMS, "3.5"),
    ]
    assert [(one.item, one.carrier, one.kind) for one in price_table.compare(before, after)] == [
        (PriceItem.SMS, "", Kind.SAME),
        (PriceItem.SMS, "au", Kind.ADDED),
        (PriceItem.PLUS, "", Kind.CHANGED),
        (PriceItem.CONTRACT_FEE, "", Kind.REMOVED),
    ]


def test_items_that_have_no_price_for_everybody_are_missing() -> None:
    every = [row(item, "1") for item in PriceItem]
    assert price_table.missing_items(every) == []
    without_sms = [one for one in every if one.item is not PriceItem.SMS]
    one_carrier = [*without_sms, row(PriceItem.SMS, "1", carrier="au")]
    assert price_table.missing_items(one_carrier) == [PriceItem.SMS]
    all_carriers = [*without_sms, *(row(PriceItem.SMS, "1", carrier=one) for one in DeliveryCarrier)]
    assert price_table.missing_items(all_carriers) == []
