"""What the people of 株式会社あおぞら商店 type into the SMS workbook and the 別紙 (cells as the form is issued)."""

import datetime

from tests.guide.papers import APPLICATION, CHECKS, PARAMETERS, PRICES, RESULT, Cells

COMPANY = "株式会社あおぞら商店"
ON = datetime.date(2026, 11, 24)

COMPANY_CELLS: Cells = {
    (APPLICATION, "C6"): ON,
    (APPLICATION, "C11"): "カブシキガイシャアオゾラショウテン",
    (APPLICATION, "C12"): "8999999000001",
    (APPLICATION, "C13"): "100-0001",
    (APPLICATION, "C14"): "東京都千代田区千代田1-1",
    (APPLICATION, "C15"): "代表取締役 青空 花子",
}
CONTACT_CELLS: Cells = {
    (APPLICATION, "C22"): "申込 一郎",
    (APPLICATION, "C23"): "モウシコミ イチロウ",
    (APPLICATION, "C25"): "ichiro@aozora.example.com",
    (APPLICATION, "C26"): "03-0000-1001",
    (APPLICATION, "C30"): "例示 次郎",
    (APPLICATION, "C31"): "レイジ ジロウ",
    (APPLICATION, "C33"): "jiro@aozora.example.com",
    (APPLICATION, "C34"): "03-0000-1002",
    (APPLICATION, "C38"): "障害 窓口",
    (APPLICATION, "C39"): "ショウガイ マドグチ",
    (APPLICATION, "C41"): "ops@aozora.example.com",
    (APPLICATION, "C42"): "03-0000-1003",
    (APPLICATION, "C46"): "経理 三郎",
    (APPLICATION, "C47"): "ケイリ サブロウ",
    (APPLICATION, "C49"): "keiri@aozora.example.com",
    (APPLICATION, "C50"): "03-0000-1004",
    (APPLICATION, "C51"): "100-0001",
    (APPLICATION, "C52"): "東京都千代田区千代田1-1",
    (APPLICATION, "C55"): "請求書払い",
}
PARAMETER_CELLS: Cells = {
    (PARAMETERS, "C6"): "予約の確認と、前日のお知らせ",
    (PARAMETERS, "C7"): "会員登録の画面",
    (PARAMETERS, "C8"): 12000,
    (PARAMETERS, "C12"): "はい",
    (PARAMETERS, "C13"): "52.192.0.10",
    (PARAMETERS, "C14"): "52.192.1.0/28",
    (PARAMETERS, "C25"): "0120000123",
}
CHECK_CELLS: Cells = {(CHECKS, f"C{row}"): "確認済" for row in range(7, 19)}  # twelve items
PRICE_CELLS: Cells = {(PRICES, "C18"): COMPANY, (PRICES, "C19"): ON}

GOOD: Cells = {**COMPANY_CELLS, **CONTACT_CELLS, **PARAMETER_CELLS, **CHECK_CELLS, **PRICE_CELLS}

# Six slips: no representative, a mail address without domain, a private address beside a range that swallows the
# next one, an item not confirmed, and another company's name as consent to the prices.
FAULTY: Cells = {
    **GOOD,
    (APPLICATION, "C15"): None,
    (APPLICATION, "C33"): "jiro＠aozora",
    (PARAMETERS, "C13"): "192.168.0.10",
    (PARAMETERS, "C15"): "52.192.1.3",
    (CHECKS, "C9"): "未確認",
    (PRICES, "C18"): "株式会社あおぞら販売",
}
FAULTY_PLACES = [
    f"{APPLICATION}!C15",
    f"{APPLICATION}!C33",
    f"{PARAMETERS}!C13",
    f"{PARAMETERS}!C15",
    f"{CHECKS}!C9",
    f"{PRICES}!C18",
]

RESULT_CELLS: Cells = {
    (RESULT, "C9"): "https://sms.aozora.example.com/result",
    (RESULT, "C11"): "ops@aozora.example.com",
    (RESULT, "C15"): "準備中",
    (RESULT, "C16"): datetime.date(2026, 12, 4),
}
