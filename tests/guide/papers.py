"""The customer's paperwork: real workbooks, filled in and changed with a spreadsheet; pictures; a received mail."""

import datetime
import io
from collections.abc import Mapping
from email.header import decode_header, make_header
from typing import Any

import openpyxl
from django.core.mail import EmailMessage
from PIL import Image

from applications.gateways.workbooks import samples, write_form
from applications.rules.forms import form_for_plan

APPLICATION = "サービス利用申込書"
PARAMETERS = "アカウントパラメータ申込書"
CHECKS = "お申し込みチェックシート"
PRICES = "サービス契約プラン表"
RESULT = "SMS結果通知先設定申込書"

COMPANY = "株式会社あおぞら商店"
Cells = Mapping[tuple[str, str], Any]  # (sheet, cell): what is typed


def filled(workbook: bytes, cells: Cells) -> bytes:
    """Type into cells; None empties one."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    for (sheet, cell), value in cells.items():
        book[sheet][cell].value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(workbook: bytes, sheet: str, cell: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(workbook))[sheet][cell].value


def comment_on(workbook: bytes, sheet: str, cell: str) -> str:
    comment = openpyxl.load_workbook(io.BytesIO(workbook))[sheet][cell].comment
    return comment.text if comment else ""


def sample_form(
    plan: str,
    /,
    *,
    on: str = "2026-11-24",
    company: str = COMPANY,
    options: tuple[str, ...] = (),
    **values: Any,
) -> bytes:
    """A complete application workbook of a plan with exactly these options; `values` replace answers by key."""
    day = datetime.date.fromisoformat(on)
    answers = dict(samples.sample_values(plan, on=day, company=company))
    for key in [key for key in answers if key.startswith("option.")]:
        answers[key] = key.removeprefix("option.") in options
    if "webhook" not in options:
        _without(answers, "webhook_url")
    if "webhook" not in options or "test_account" not in options:
        _without(answers, "test_webhook_url")
    answers |= values
    return write_form(
        form_for_plan(plan).code, {key: value for key, value in answers.items() if value is not None}
    )


def result_form(*, on: str = "2026-11-24", company: str = COMPANY, **values: Any) -> bytes:
    """The 別紙; as it comes, the server is being prepared for two weeks later."""
    answers = dict(samples.sms_result_values(on=datetime.date.fromisoformat(on), company=company)) | values
    return write_form(
        "sms_result_destination", {key: value for key, value in answers.items() if value is not None}
    )


def release_form(*, on: str = "2026-11-24", company: str = COMPANY) -> bytes:
    return write_form(
        "release_checklist", samples.release_values(on=datetime.date.fromisoformat(on), company=company)
    )


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (26, 95, 180)).save(out, "PNG")
    return out.getvalue()


def pictures(plan: str) -> list[tuple[str, bytes]]:
    """What the plan's accounts need, named as the sample form names them (japan.md: pixels)."""
    found = []
    if "plus" in plan:
        found.append(("icon.png", picture(640, 640)))
    if "rcs" in plan:
        found += [("logo.png", picture(224, 224)), ("banner.png", picture(1440, 448))]
    return found


def received_mail(sender: str, subject: str, at: str) -> bytes:
    """An .eml as it came in."""
    moment = datetime.datetime.fromisoformat(f"{at}:00+09:00")
    return (
        f"From: {sender}\r\nTo: kmc-support@example.jp\r\nDate: {moment:%a, %d %b %Y %H:%M:%S %z}\r\n"
        f"Message-ID: <{moment:%Y%m%d%H%M}@aozora.example.com>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "申込書をお送りします。よろしくお願いいたします。\r\n"
    ).encode()


def _without(answers: dict[str, Any], ending: str) -> None:
    for key in [key for key in answers if key.endswith(f".{ending}")]:
        del answers[key]


def addressees(mail: EmailMessage) -> list[str]:
    """To whom, readable: `青空 そら <sora@aozora.example.com>`."""
    return [str(make_header(decode_header(address))) for address in mail.to]
