"""The demo's paperwork: filled-in workbooks of a company, pictures, readers' materials."""

import io
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from openpyxl import load_workbook
from PIL import Image, ImageDraw

from accounts.gateways import documents
from accounts.rules.plans import Channel, Option
from applications.gateways.workbooks import samples, write_form
from applications.models import Application
from applications.rules.forms import form_for_plan
from applications.rules.forms.description import Value
from applications.services import form_files, places
from applications.services.drafts import Upload
from applications.services.form_keys import ENDPOINTS
from kmc_portal.demo.companies import Company
from kmc_portal.lib.jst import date_of

RECEIVER = "receiver.kmc.example.jp"  # manage.py demo_receiver


def application_values(company: Company, on: date, *, good: bool = True) -> dict[str, Value]:
    """The sample's values, rewritten for this company and its choice of options."""
    make = samples.sample_values if good else samples.faulty_values
    values: dict[str, Value] = dict(make(company.plan, on=on, company=company.name))
    values["company.name_kana"] = company.kana
    for key, value in values.items():
        if isinstance(value, str):
            values[key] = value.replace("travel.example.jp", company.domain).replace(
                "見本トラベル", _short(company)
            )
    values["company.name"] = values["plan_table.company_name"] = company.name
    for option in company.plan.options:
        if f"option.{option.value}" in form_for_plan(company.plan).fields:
            values[f"option.{option.value}"] = option in company.options
    if Option.SOFTBANK_SENDER in company.options:
        values["sms.softbank_sender"] = "212345"
    else:
        values.pop("sms.softbank_sender", None)
    if Option.TWO_WAY_SMS in company.options:
        values["sms.mo_url"] = f"https://sms.{company.domain}/mo"
    values |= ends(company, values)
    for option, keys in OPTION_KEYS.items():
        if option not in company.options:
            for key in keys:
                values.pop(key, None)
    return values


OPTION_KEYS: dict[Option, tuple[str, ...]] = {  # what is only asked with the option
    Option.TWO_WAY_SMS: ("sms.mo_url",),
    Option.WEBHOOK: ("plus.webhook_url", "rcs.webhook_url", "plus.test_webhook_url", "rcs.test_webhook_url"),
    Option.TEST_ACCOUNT: ("plus.test_webhook_url", "rcs.test_webhook_url"),
}


def application_uploads(
    company: Company, on: date, *, good: bool = True, corrected: Mapping[str, Value] | None = None
) -> list[Upload]:
    """`corrected` holds answers that differ from the sample's, as after a return."""
    values = {**application_values(company, on, good=good), **(corrected or {})}
    form = form_for_plan(company.plan)
    uploads = [
        Upload(
            name=f"{form.title}_{company.name}.xlsx",
            data=write_form(form.code, values),
        )
    ]
    if Option.SMS_RESULT_NOTIFICATION in company.options:
        result = dict(samples.sms_result_values(on=on, company=company.name))
        result |= ends(company, result)
        uploads.append(
            Upload(
                name="【別紙】SMS結果通知先設定申込書.xlsx",
                data=write_form("sms_result_destination", {k: _own(v, company) for k, v in result.items()}),
            )
        )
    if Channel.PLUS in company.plan.channels:
        uploads.append(Upload(name="icon.png", data=picture(640, 640, company), slot="icon"))
    if Channel.RCS in company.plan.channels:
        uploads.append(Upload(name="logo.png", data=picture(224, 224, company), slot="logo"))
        uploads.append(Upload(name="banner.png", data=picture(1440, 448, company), slot="banner"))
    return uploads


def ends(company: Company, values: Mapping[str, Value]) -> dict[str, Value]:
    """The company's notification URLs at the demo's receiver, for those of `values` that are one."""
    keys = [row.key for row in sorted(ENDPOINTS, key=lambda row: row.for_test) if values.get(row.key)]
    base = f"https://{RECEIVER}:{settings.RECEIVER_PORT}"
    return {key: f"{base}/{path}" for key, path in zip(keys, company.ends, strict=False)}


def release_uploads(company: Company, on: date) -> list[Upload]:
    values = {k: _own(v, company) for k, v in samples.release_values(on=on, company=company.name).items()}
    return [Upload(name="リリースチェックリスト.xlsx", data=write_form("release_checklist", values))]


def change_uploads(
    application: Application, cells: Mapping[str, Any], at: datetime, *, by_mail: bool
) -> list[Upload]:
    """The forms that a change or cancellation asks for, pre-filled, with some answers typed over by their keys."""
    uploads = []
    for form in places.forms_asked(application).values():
        data = form_files.prefilled(
            form_code=form.code, application=application, customer=application.customer, day=date_of(at)
        )
        own = {key: value for key, value in cells.items() if key in form.slots}
        answers = {"plan_table.consented_on": date_of(at)} if "plan_table.consented_on" in form.slots else {}
        checked = {key: one.field.options[0] for key, one in form.slots.items() if key.startswith("check.")}
        book = load_workbook(io.BytesIO(data))
        for key, value in {**checked, **answers, **own}.items():
            text = value.format(port=settings.RECEIVER_PORT) if isinstance(value, str) else value
            book[form.slots[key].sheet.title][form.slots[key].cell] = text
        out = io.BytesIO()
        book.save(out)
        uploads.append(Upload(name=f"{form.title}_{application.customer.name}.xlsx", data=out.getvalue()))
    if by_mail:
        sender = application.own_contract.contacts.open_ended().filter(role="account").first()
        mail = mail_text(
            application.customer.name,
            sender.email if sender else "tantou@example.jp",
            f"{application.get_kind_display()}の送付",
            date_of(at),
        )
        uploads.append(Upload(name="受信メール.eml", data=mail))
    return uploads


def picture(width: int, height: int, company: Company) -> bytes:
    """A plain two-coloured PNG; the colour comes from the company's domain."""
    seed = sum(map(ord, company.domain))
    colour = (40 + seed * 37 % 120, 40 + seed * 53 % 120, 40 + seed * 71 % 120)
    image = Image.new("RGB", (width, height), colour)
    edge = min(width, height) // 5
    ImageDraw.Draw(image).ellipse(
        (width // 2 - edge, height // 2 - edge, width // 2 + edge, height // 2 + edge), "white"
    )
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@cache
def material_pdf(title: str, edition: str, on: date) -> bytes:
    """A one-page stand-in for a reader's material; it says that it is one."""
    return documents.render("material_stand_in", {"title": title, "edition": edition}, on)


def received_mail(company: Company, subject: str, on: date) -> bytes:
    """An .eml as it might have come in."""
    return mail_text(company.name, f"tantou@{company.domain}", subject, on)


def mail_text(company: str, sender: str, subject: str, on: date) -> bytes:
    return (
        f"From: {sender}\r\nTo: kmc-support@example.jp\r\n"
        f"Date: {on:%a, %d %b %Y} 10:00:00 +0900\r\nMIME-Version: 1.0\r\n"
        f"Subject: {subject}\r\nMessage-ID: <demo-{sender}>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{company}です。申込書をお送りします。\r\n"
    ).encode()


def _short(company: Company) -> str:
    name = company.name
    for word in ("株式会社", "㈱", "合同会社", "学校法人"):
        name = name.replace(word, "")
    return name


def _own(value: Value, company: Company) -> Value:
    if isinstance(value, str):
        return value.replace("travel.example.jp", company.domain).replace("見本トラベル", _short(company))
    return value
