"""Documents say exactly what the data says, and come out the same every time."""

import copy
import datetime
import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTChar, LTPage, LTTextContainer
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from accounts.gateways import documents
from accounts.rules.account_notice import AccountNotice

DAY = datetime.date(2026, 11, 22)

NOTICE: AccountNotice = {
    "number": "KMC-000123-01",
    "edition": 1,
    "issued_on": "2026-11-22",
    "billing_start_on": "2026-11-22",
    "issuer": {"name": "株式会社サンプル通信", "department": "メッセージ配信サービス担当"},
    "service_name": "Message Cast（APIプラン）",
    "company": {"name": "株式会社青空商店", "postal_code": "100-0001", "address": "東京都千代田区千代田1-1"},
    "contract_number": "KMC-000123",
    "plan": "SMS/+メッセージ/RCS併用",
    "delivery_method": "API利用",
    "options": ["SMS結果通知", "試験用アカウント"],
    "system_urls": [{"label": "配信API", "url": "https://api.example.jp/v1/messages"}],
    "sms_senders": [{"number": "0005123456", "carriers": "共通番号"}],
    "official_accounts": [
        {
            "channel": "+メッセージ",
            "name": "青空オンライン",
            "identifier_label": "botId",
            "identifier": "bot-0001",
            "is_test": False,
            "store_display": "表示",
        },
        {
            "channel": "RCS",
            "name": "青空オンラインTEST",
            "identifier_label": "エージェントID",
            "identifier": "aozora_online_test_0123456789abcdef0123456789abcdef_agent@rbm.example",
            "is_test": True,
            "store_display": "非表示",
        },
    ],
    "global_ips": ["198.20.10.4", "52.192.0.0/29"],
    "notification_functions": [
        {
            "function": "SMS結果通知",
            "account": "商用",
            "url": "https://hooks.example.co.jp/r",
            "state": "設定済",
        },
        {
            "function": "Webhook通知",
            "account": "試験用",
            "url": "https://hooks.example.co.jp/t",
            "state": "未設定",
        },
    ],
    "windows": [
        {
            "title": "サービスに関するお問い合わせ",
            "contact": "support@example.jp",
            "hours": "平日10:00〜18:30",
        },
        {"title": "障害に関するお問い合わせ", "contact": "incident@example.jp", "hours": "24時間"},
    ],
    "support_site": {"url": "https://support.example.jp/", "password": "Kaze-2026#aki"},
    "contacts": [{"role": "アカウント担当者", "name": "青空 花子", "email": "hanako@example.jp"}],
    "supersedes": None,
}


def notice(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(cast(dict[str, Any], NOTICE)) | changes


def company(name: str) -> dict[str, Any]:
    return notice(company={"name": name, "postal_code": "100-0001", "address": "東京都千代田区千代田1-1"})


def render(data: dict[str, Any]) -> bytes:
    return documents.render("account_notice", data, DAY)


def text_of(pdf: bytes) -> str:
    """All text without the ends of lines, which are the page's and not the data's."""
    return extract_text(io.BytesIO(pdf)).replace("\n", "")


def pages_of(pdf: bytes) -> list[str]:
    return [
        "".join(box.get_text() for box in page if isinstance(box, LTTextContainer))
        for page in extract_pages(io.BytesIO(pdf))
    ]


def characters(page: LTPage) -> Iterator[LTChar]:
    for box in page:
        if isinstance(box, LTTextContainer):
            for line in box:
                yield from (sign for sign in line if isinstance(sign, LTChar))


def opened(pdf: bytes) -> PDFDocument:
    return PDFDocument(PDFParser(io.BytesIO(pdf)))


def metadata_of(pdf: bytes) -> str:
    return resolve1(opened(pdf).catalog["Metadata"]).get_data().decode()


# --- what it says -------------------------------------------------------------------------------


def test_guide_1_3_the_notice_carries_what_is_needed_to_use_the_service() -> None:
    text = text_of(render(notice()))
    for words in (
        "アカウント通知書",
        "KMC-000123-01",
        "第1版",
        "2026年11月22日",
        "〒100-0001",
        "株式会社青空商店 御中",
        "株式会社サンプル通信",
        "SMS/+メッセージ/RCS併用",
        "API利用",
        "SMS結果通知、試験用アカウント",
        "https://api.example.jp/v1/messages",
        "0005123456",
        "青空オンライン",
        "bot-0001",
        "198.20.10.4",
        "52.192.0.0/29",
        "https://hooks.example.co.jp/r",
        "設定済",
        "未設定",
        "平日10:00〜18:30",
        "https://support.example.jp/",
        "Kaze-2026#aki",
        "hanako@example.jp",
    ):
        assert words in text


def test_a_long_identifier_breaks_over_lines_without_gaining_a_sign() -> None:
    assert "aozora_online_test_0123456789abcdef0123456789abcdef_agent@rbm.example" in text_of(
        render(notice())
    )


def test_guide_2_0_a_test_account_is_printed_with_the_warning_that_it_costs_and_reaches_real_people() -> None:
    text = text_of(render(notice()))
    assert "試験用アカウントからの配信も課金の対象です" in text
    assert "お客様の端末に届きます" in text


def test_guide_2_0_without_a_test_account_there_is_no_warning() -> None:
    assert "課金の対象" not in text_of(render(notice(official_accounts=NOTICE["official_accounts"][:1])))


def test_a_contract_with_sms_alone_has_no_sections_of_official_accounts() -> None:
    text = text_of(render(notice(official_accounts=[], notification_functions=[], plan="SMSのみ")))
    assert "公式アカウント" not in text.replace("公式アカウントの識別子をお書き添え", "")
    assert "お申し込みの通知機能はありません" in text


def test_a_later_edition_names_the_one_it_replaces() -> None:
    text = text_of(render(notice(edition=2, number="KMC-000123-02", supersedes="KMC-000123-01")))
    assert "本書は通知書番号KMC-000123-01に代わるもの" in text.replace(" ", "")
    assert "に代わるもの" not in text_of(render(notice()))


def test_an_identifier_that_is_not_there_yet_shows_as_a_dash() -> None:
    accounts = [{**NOTICE["official_accounts"][0], "identifier": ""}]
    assert "—" in text_of(render(notice(official_accounts=accounts)))


@pytest.mark.parametrize(
    "name",
    [
        '#eval("1") *x* $y$ @z',
        "_a_ `b` <c> [d] {e} \\f // /* = - + ~",
        '#include "/etc/passwd" #sys.inputs',
        "株式会社𠮷野 髙橋 山﨑 ㈱ №",
        "㈱ＡＢＣ&Co. 'O''Neil' \"Q\"",
    ],
)
def test_a_company_name_is_printed_exactly_as_written(name: str) -> None:
    assert name.replace(" ", "") in text_of(render(company(name))).replace(" ", "")


def test_no_space_is_put_between_latin_and_japanese_letters() -> None:
    assert "株式会社ABC商店1号 御中" in text_of(render(company("株式会社ABC商店1号")))


# --- how it is made -----------------------------------------------------------------------------


def test_the_same_data_gives_the_same_bytes_also_from_many_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: render(notice()), range(12)))
    assert len(made) == 1


def test_other_data_or_another_date_gives_other_bytes() -> None:
    first = render(notice())
    assert render(notice(contract_number="KMC-000124")) != first
    assert documents.render("account_notice", notice(), datetime.date(2026, 11, 23)) != first


def test_it_is_an_archive_document_of_the_fixed_date() -> None:
    pdf = render(notice())
    metadata = metadata_of(pdf)
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", metadata)
    assert re.search(r"<pdfaid:conformance>B</pdfaid:conformance>", metadata)
    assert opened(pdf).info[0]["CreationDate"].startswith(b"D:20261122")
    assert "アカウント通知書 KMC-000123-01" in metadata


def test_only_the_japanese_font_is_used_and_it_is_embedded() -> None:
    pdf = render(notice())
    document = opened(pdf)
    names = {
        sign.fontname.partition("+")[2]
        for page in extract_pages(io.BytesIO(pdf))
        for sign in characters(page)
    }
    assert {name.removesuffix("-Identity-H") for name in names} == {
        "NotoSansCJKjp-Regular",
        "NotoSansCJKjp-Bold",
    }
    objects = [resolve1(document.getobj(number)) for xref in document.xrefs for number in xref.get_objids()]
    fonts = [found for found in objects if isinstance(found, dict) and "FontName" in found]
    assert len(fonts) == 2
    assert all("FontFile3" in found for found in fonts)


# --- many pages ---------------------------------------------------------------------------------


def test_long_lists_go_on_over_pages_with_their_heading_line_and_page_numbers() -> None:
    senders = [{"number": f"0500000{number:04d}", "carriers": "050番号"} for number in range(150)]
    pages = pages_of(render(notice(sms_senders=senders, global_ips=[f"198.20.1.{n}" for n in range(1, 201)])))
    assert len(pages) >= 6
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)} ページ" in page
        assert "KMC-000123-01" in page
        assert "0500000" not in page or "送信元番号" in page
    everything = "".join(pages)
    assert all(sender["number"] in everything for sender in senders)
    assert all(f"198.20.1.{n}\n" in everything for n in range(1, 201))


def test_nothing_runs_off_the_page() -> None:
    url = "https://hooks.example.co.jp/" + "a" * 400
    functions = [{"function": "Webhook通知", "account": "商用", "url": url, "state": "設定済"}]
    long = notice(
        notification_functions=functions,
        contract_number="9" * 60,
        support_site={"url": url, "password": "p" * 99},
    )
    long["company"]["name"] = "株式会社" + "長" * 150
    long["contacts"] = [{"role": "請求先", "name": "名" * 60, "email": "a" * 120 + "@example.jp"}]
    pdf = render(long)
    for page in extract_pages(io.BytesIO(pdf)):
        for sign in characters(page):
            assert sign.x0 >= 56 and sign.x1 <= 540, sign.get_text()  # margins of 20 mm on 595 points
    assert url in text_of(pdf)


# --- what cannot be printed ---------------------------------------------------------------------


def refusal(data: dict[str, Any]) -> documents.UnprintableCharacter:
    with pytest.raises(documents.UnprintableCharacter) as caught:
        render(data)
    return caught.value


def test_a_character_without_a_glyph_is_named_with_its_field() -> None:
    refused = refusal(company("株式会社🍣"))
    assert (refused.character, refused.field) == ("🍣", "会社名")
    assert str(refused) == (
        "会社名にある文字「🍣」（U+1F363）は、文書に印字できません。別の文字に直してから、もう一度作成してください。"
    )


def test_the_field_is_found_inside_lists_too() -> None:
    contacts = [
        {"role": "請求先", "name": "山田", "email": "a@example.jp"},
        {"role": "請求先", "name": "กร", "email": "b@example.jp"},
    ]
    assert refusal(notice(contacts=contacts)).field == "ご担当者名"
    assert refusal(notice(options=["SMS結果通知", "☃️🍣"])).field == "オプション"


@pytest.mark.parametrize(
    ("character", "seen"),
    [("\u202e", "U+202E"), ("\x07", "U+0007"), ("\ue000", "U+E000"), ("\ud800", "U+D800")],
)
def test_characters_that_cannot_be_seen_are_refused_by_their_number(character: str, seen: str) -> None:
    refused = refusal(company(f"株式会社{character}青空"))
    assert refused.character == character
    assert f"会社名にある文字{seen}は" in str(refused)


def test_data_that_does_not_fit_the_template_is_our_fault_and_says_where() -> None:
    data = notice()
    del data["plan"]
    with pytest.raises(documents.DocumentError, match=r"account_notice\.typ: .*plan"):
        render(data)


def test_a_warning_of_the_typesetter_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.typ").write_text('#set text(font: "No Such Font")\nx')
    (tmp_path / "odd.fields.json").write_text("{}")
    monkeypatch.setattr(documents, "TEMPLATES", tmp_path)
    with pytest.raises(documents.DocumentError, match="unknown font family"):
        documents.render("odd", {}, DAY)


def test_every_text_field_of_the_notice_has_a_japanese_name() -> None:
    full = notice(supersedes="KMC-000123-00")
    names = json.loads((documents.TEMPLATES / "account_notice.fields.json").read_text(encoding="utf-8"))
    assert {path for path, _ in documents._texts(full)} == set(names)
