"""料金表 in the admin: read as a table, published from a CSV after a look at the difference, compared, withdrawn."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from accounts.models import User
from billing.models import PriceList
from billing.rules.prices import ChargeModel, PriceItem, Scope
from billing.services import prices
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World, row
from tests.fixtures.staff_pages import Desk, words

pytestmark = pytest.mark.django_db

ADD, LIST = "/admin/billing/pricelist/add/", "/admin/billing/pricelist/"
HEADER = "項目コード,キャリア,課金方式,範囲,税区分,超える数量,単価\n"
TABLE = (
    HEADER
    + "sms,,graduated,account,standard,0,3.5\nsms,,graduated,account,standard,1000,3\nrcs,,flat,contract,標準税率,0,5\n"
)


def soup_of(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def page_of(made: PriceList) -> str:
    return f"/admin/billing/pricelist/{made.pk}/change/"


def publish(at: Desk, **given: object) -> HttpResponse:
    """As the two pages do it: the table, the look at the difference, the press."""
    asked = {"contract": "", "name": "標準料金", "start": "2099-01", "table": TABLE, "note": "", **given}
    shown = at.send(ADD, **asked)
    assert shown.status_code == 200
    hidden = {
        field["name"]: field.get("value", "")
        for field in soup_of(shown).select("form.kmc-form input[type=hidden]")
    }
    assert "checked" in hidden, words(soup_of(shown))
    hidden.pop("csrfmiddlewaretoken", None)
    return at.send(ADD, **hidden)


def test_a_list_is_published_after_the_difference_was_shown(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    world.prices([row(PriceItem.SMS, "4"), row(PriceItem.PLUS, "6")], start="2098-01")
    at = desk(billing_clerk)
    shown = at.send(ADD, name="新料金", start="2099-01", table=TABLE, contract="", note="")
    text = words(soup_of(shown))
    assert "3項目が変わります" in text
    assert "4円" in text and "1～1,000 3.5円 1,001～ 3円" in text
    assert "次の項目の単価がありません。" in text and "月額基本料" in text
    assert PriceList.objects.count() == 1
    response = publish(at, name="新料金")
    made = PriceList.objects.get(name="新料金")
    assert response["Location"] == page_of(made)
    assert at.said == ["「新料金」を登録しました。2099年1月利用分から適用します。"]
    page = words(at.open(page_of(made)))
    assert "SMS配信料（課金通数あたり） すべて 1～1,000 3.5円 1,001～ 3円 段階" in page
    assert "請求先の合計" in page


def test_a_file_is_read_like_the_pasted_table_and_excel_s_own_encoding_too(
    desk: Callable[[User], Desk], billing_clerk: User
) -> None:
    at = desk(billing_clerk)
    file = SimpleUploadedFile("料金.csv", TABLE.replace("\n", "\r\n").encode("cp932"))
    publish(at, table="", file=file)
    [made] = PriceList.objects.all()
    assert [one.item for one in prices.rows_of(made)] == [PriceItem.SMS, PriceItem.RCS]


def test_a_table_copied_from_excel_comes_with_tabs(desk: Callable[[User], Desk], billing_clerk: User) -> None:
    publish(desk(billing_clerk), table=TABLE.replace(",", "\t"))
    [made] = PriceList.objects.all()
    assert len(prices.rows_of(made)[0].tiers) == 2


def test_faults_are_shown_with_their_lines_and_the_table_stays_in_the_form(
    desk: Callable[[User], Desk], billing_clerk: User
) -> None:
    table = (
        HEADER
        + "smss,,flat,contract,standard,0,3\nplus,au,flat,contract,standard,0,3\nrcs,,flat,,standard,0,abc\n"
    )
    shown = soup_of(
        desk(billing_clerk).send(ADD, name="料金", start="2099-01", table=table, contract="", note="")
    )
    faults = [words(error) for error in shown.select("#field_table .kmc-error")]
    assert len(faults) == 4
    assert faults[0].startswith(
        "2行目: 項目コード「smss」は使えません。次のいずれかを入力してください：sms、plus、"
    )
    assert faults[1] == "4行目: 範囲が空です。次のいずれかを入力してください：contract、account"
    assert faults[2] == "4行目: 単価には0以上の数字（円・税抜）を入力してください。"
    assert faults[3].startswith("3行目（+メッセージ配信料（1通））: キャリア別の単価はSMS配信料だけ")
    area = shown.select_one("textarea[name=table]")
    assert area is not None and "smss,,flat" in area.get_text()
    assert not PriceList.objects.exists()


def test_if_another_list_came_in_between_the_difference_is_shown_again(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    at = desk(billing_clerk)
    asked = {"contract": "", "name": "料金", "start": "2099-01", "table": TABLE, "note": "", "checked": "0"}
    world.prices(start="2098-01")
    response = at.send(ADD, **asked)
    assert response.status_code == 200
    assert at.said == ["確かめている間に、ほかの料金表が登録されました。もう一度、内容を確かめてください。"]
    assert PriceList.objects.count() == 1


def test_a_downloaded_list_can_be_published_again_as_it_is(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    first = world.prices(
        [
            row(PriceItem.SMS, (0, "3.1234"), (500, "2"), model=ChargeModel.VOLUME, scope=Scope.ACCOUNT),
            row(PriceItem.SMS, "2", carrier="docomo"),
            row(PriceItem.PLUS, "5"),
        ],
        start="2098-01",
    )
    at = desk(billing_clerk)
    data = at.client.get(f"/admin/billing/pricelist/{first.pk}/csv/").content
    assert data.startswith(
        "\ufeff項目コード,項目名,キャリア,課金方式,範囲,税区分,超える数量,単価\r\n".encode()
    )
    assert "sms,SMS配信料（課金通数あたり）,NTTドコモ,flat,contract,standard,0,2\r\n" in data.decode()
    publish(at, name="写し", table="", file=SimpleUploadedFile("a.csv", data))
    again = PriceList.objects.get(name="写し")
    kept = [
        (one.item, one.carrier, one.model, one.scope, one.tax, one.tiers) for one in prices.rows_of(first)
    ]
    assert [
        (one.item, one.carrier, one.model, one.scope, one.tax, one.tiers) for one in prices.rows_of(again)
    ] == kept
    compared = words(at.open(f"/admin/billing/pricelist/{again.pk}/compare/"))
    assert "違いはありません" in compared


def test_two_lists_side_by_side_mark_what_differs(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    first = world.prices([row(PriceItem.SMS, "3"), row(PriceItem.PLUS, "5")], start="2098-01")
    second = world.prices([row(PriceItem.SMS, "2.5"), row(PriceItem.RCS, "6")], start="2099-01")
    world.prices(start="2099-06")
    page = desk(billing_clerk).open(
        f"/admin/billing/pricelist/{second.pk}/compare/", **{"with": str(first.pk)}
    )
    rows = [words(one) for one in page.select("tr.is-changed")]
    assert [text.split(" ")[0] for text in rows] == [
        "SMS配信料（課金通数あたり）",
        "+メッセージ配信料（1通）",
        "RCS配信料（1通）",
    ]
    assert ["変更" in rows[0], "削除" in rows[1], "追加" in rows[2]] == [True, True, True]
    assert rows[0].index("3円") < rows[0].index("2.5円")


def test_a_contracts_list_is_published_found_and_given_up(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    contract = world.contract(world.company("株式会社さくら印刷"))
    world.prices(start="2026-01")
    at = desk(billing_clerk)
    only_sms = HEADER + "sms,,flat,contract,standard,0,2\n"
    publish(at, contract=contract.number, name="さくら様 特別料金", table=only_sms)
    made = PriceList.objects.get(contract=contract)
    assert prices.own_rows(Month(2099, 1), None).keys() == {contract.pk}
    found = at.open(LIST, q=contract.number).select("#result_list tbody tr")
    assert len(found) == 1 and "さくら様 特別料金" in words(found[0])
    assert "さくら様 特別料金" in words(at.open(LIST, q="㈱さくら印刷"))
    at.send(f"/admin/billing/pricelist/{made.pk}/do/end/", start="2099-03")
    assert at.said == ["2099年3月から標準料金表を適用します。"]
    at.send(f"/admin/billing/pricelist/{made.pk}/do/withdraw/")
    assert "取り下げました" in at.said[0]
    assert "取り下げ" in words(at.open(LIST, standing="withdrawn"))
    assert "請求には使われません" in words(at.open(page_of(made)))


def test_an_unknown_contract_is_named(desk: Callable[[User], Desk], billing_clerk: User) -> None:
    shown = desk(billing_clerk).send(ADD, name="料金", start="2099-01", table=TABLE, contract="KMC999999999")
    assert "KMC999999999 の契約はありません" in words(soup_of(shown))


def test_the_next_list_begins_from_the_one_before(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    first = world.prices([row(PriceItem.SMS, "3")], start="2098-01")
    page = desk(billing_clerk).open(ADD, copy=str(first.pk))
    area = page.select_one("textarea[name=table]")
    assert area is not None
    assert "sms,SMS配信料（課金通数あたり）,,flat,contract,standard,0,3" in area.get_text()


@pytest.mark.parametrize(
    ("query", "seen"), [("now", "いまの料金"), ("planned", "先の料金"), ("past", "前の料金")]
)
def test_the_list_is_filtered_by_what_holds_today(
    desk: Callable[[User], Desk], billing_clerk: User, world: World, query: str, seen: str
) -> None:
    for name, start in (("前の料金", "2020-01"), ("いまの料金", "2021-01"), ("先の料金", "2099-01")):
        prices.publish(
            contract=None,
            name=name,
            start=Month.parse(start),
            rows=[row(PriceItem.SMS, "3")],
            note="",
            actor=billing_clerk,
            now=world.company().created_at,
        )
    text = words(desk(billing_clerk).open(LIST, standing=query))
    names = [name for name in ("前の料金", "いまの料金", "先の料金") if name in text]
    assert names == [seen]


def test_a_month_outside_of_the_calendar_is_refused_in_words(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    at = desk(billing_clerk)
    for start in ("0000-05", "1954-12", "2100-01", "9999-12"):
        shown = at.send(ADD, name="新料金", start=start, table=TABLE, contract="", note="")
        assert "年月は1955年から2099年までを 2026-09 の形で指定してください" in words(soup_of(shown)), start
    assert not PriceList.objects.exists()
