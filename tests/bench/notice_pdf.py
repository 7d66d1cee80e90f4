"""Account notices through our gateway, with its checks, against bare Typst compiles of the same documents."""

import datetime
import json
from functools import partial
from typing import Any

import noto_cjk
import typst

from accounts.gateways import documents
from tests.bench import Bench, seconds

ISSUED_ON = datetime.date(2026, 11, 24)


def run(small: bool) -> Bench:
    notices = [_notice(number) for number in range(5 if small else 200)]
    documents.render("account_notice", notices[0], ISSUED_ON)  # the fonts are read once per process
    floor = seconds(partial(_bare, notices))
    measured = seconds(partial(_ours, notices))
    return Bench("notice_pdf", floor, measured, f"{len(notices)} account notices, one process")


def _bare(notices: list[dict[str, Any]]) -> None:
    fonts = typst.Fonts(
        font_paths=[str(noto_cjk.font_path("sans", "jp", style).parent) for style in ("regular", "bold")],
        include_system_fonts=False,
    )
    root = str(documents.TEMPLATES)
    for notice in notices:
        compiler = typst.Compiler(f"{root}/account_notice.typ", root=root, font_paths=fonts)
        stamp = datetime.datetime.combine(ISSUED_ON, datetime.time(12), tzinfo=datetime.UTC)
        inputs = {"data": json.dumps(notice, ensure_ascii=False)}
        compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards="a-2b", timestamp=stamp)


def _ours(notices: list[dict[str, Any]]) -> None:
    for notice in notices:
        documents.render("account_notice", notice, ISSUED_ON)


def _notice(number: int) -> dict[str, Any]:
    return {
        "number": f"KMC{number:09d}-01",
        "edition": 1,
        "issued_on": ISSUED_ON.isoformat(),
        "billing_start_on": ISSUED_ON.isoformat(),
        "issuer": {"name": "メッセージ運営（見本）", "department": "お客様窓口"},
        "service_name": "メッセージ配信（APIプラン）",
        "company": {
            "name": f"見本{number}号株式会社",
            "postal_code": "100-0000",
            "address": "東京都見本区見本1-2-3",
        },
        "contract_number": f"KMC{number:09d}",
        "plan": "SMS/+メッセージ併用",
        "delivery_method": "API利用",
        "options": ["SMS長文"],
        "system_urls": [{"label": "メッセージ配信API", "url": "https://api.kmc.example.jp/v1/"}],
        "sms_senders": [{"number": "0120000000", "carriers": "送信元表示番号"}],
        "official_accounts": [
            {
                "channel": "+メッセージ",
                "name": "見本",
                "identifier_label": "botId",
                "identifier": f"plus-{number}",
                "is_test": False,
                "store_display": "非表示",
            }
        ],
        "global_ips": ["52.192.0.10"],
        "notification_functions": [],
        "windows": [{"title": "サービス", "contact": "kmc-support@example.jp", "hours": "平日10:00〜18:30"}],
        "support_site": {"url": "https://support.kmc.example.jp/", "password": "demo-password"},
        "contacts": [{"role": "アカウント担当者", "name": "見本 花子", "email": "hanako@example.jp"}],
        "supersedes": None,
    }
