"""Which check a kind of field goes through: half-width text in, the value to store out, or a ValueFault.

The rules themselves stand in `accounts.rules` and `kmc_portal.lib`; here they are only called.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from accounts.rules.corporate_number import check_corporate_number
from accounts.rules.global_ip import WIDEST_V4, WIDEST_V6, check_global_ip, normalise
from accounts.rules.notification_url import check_notification_url
from accounts.rules.official_account import PLUS_LIMITS, RCS_LIMITS, Limits, colour_fault
from accounts.rules.sender_numbers import SenderKind, check_sender_number, national_digits
from applications.rules.forms.description import Kind, Value
from applications.rules.forms.faults import ValueFault
from kmc_portal.lib import kana, phone
from kmc_portal.lib.public_url import check_public_url


@dataclass(frozen=True, slots=True)
class FormLimits:
    """The settings that the checks of a form depend on; the defaults are their first values."""

    widest_v4: int = WIDEST_V4
    widest_v6: int = WIDEST_V6
    allow_http: bool = False
    plus_name_max: int = PLUS_LIMITS.name
    plus_description_max: int = PLUS_LIMITS.description

    @property
    def plus(self) -> Limits:
        return replace(PLUS_LIMITS, name=self.plus_name_max, description=self.plus_description_max)


FIRST_LIMITS = FormLimits()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, and where something was mended or is odd, a warning about it."""

    value: Value
    warning: ValueFault | None = None


Check = Callable[[str, FormLimits], Parsed]

OWN_SENDER_KINDS = tuple(
    kind for kind in SenderKind if kind is not SenderKind.SOFTBANK
)  # that has its own cell

_NAME_PART = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_NAME_PART}(?:\.{_NAME_PART})+")
_IMAGE_NAME = re.compile(r"[^\\/:*?\"<>|]+\.(png|jpe?g)", re.IGNORECASE)


def restored(value: str) -> ValueFault:
    """A warning: the sheet dropped the leading zero of a number."""
    return ValueFault(
        "zero_restored",
        f"先頭の0が消えていたため「{value}」と読み取りました。"
        "違う場合は、セルの表示形式を「文字列」にして記入し直してください。",
    )


def email(text: str, limits: FormLimits) -> Parsed:
    """One plain mail address, without a display name."""
    local = text.partition("@")[0]
    if len(text) > 254 or ".." in text or local[:1] == "." or local[-1:] == "." or not _EMAIL.fullmatch(text):
        raise ValueFault(
            "email",
            f"「{text}」はメールアドレスの形ではありません。name@example.jp の形で1つだけご記入ください。",
        )
    return Parsed(text)


def katakana(text: str, limits: FormLimits) -> Parsed:
    written = kana.to_katakana(text)
    if not kana.is_katakana(written):
        raise ValueFault("kana", kana.ADVICE)
    return Parsed(written)


def phone_number(text: str, limits: FormLimits) -> Parsed:
    try:
        value = phone.normalise_phone(text)
    except phone.InvalidPhone as error:
        raise ValueFault("phone", str(error)) from error
    return Parsed(value, None if text.lstrip("( ").startswith(("0", "+")) else restored(value))


def postal_code(text: str, limits: FormLimits) -> Parsed:
    lost = text.isdecimal() and 5 <= len(text) <= 6  # 060-0001, 001-0010 as numbers
    try:
        value = phone.normalise_postal_code(text.zfill(7) if lost else text)
    except phone.InvalidPostalCode as error:
        raise ValueFault("postal_code", str(error)) from error
    return Parsed(value, restored(value) if lost else None)


def corporate_number(text: str, limits: FormLimits) -> Parsed:
    verdict = check_corporate_number(text)
    if not verdict.allowed:
        raise ValueFault("corporate_number", verdict.message)
    return Parsed(verdict.value)


def global_ip(text: str, limits: FormLimits) -> Parsed:
    verdict = check_global_ip(normalise(text), widest_v4=limits.widest_v4, widest_v6=limits.widest_v6)
    if not verdict.allowed:
        raise ValueFault("global_ip", verdict.message)
    return Parsed(verdict.value)


def sender_number(text: str, limits: FormLimits) -> Parsed:
    verdict = check_sender_number(text, kinds=OWN_SENDER_KINDS)
    if verdict.allowed:
        return Parsed(verdict.value)
    digits = national_digits(text)
    if not digits.startswith("0"):
        for zeros in ("0", "000"):  # 0120000001 and 00051234 as numbers
            mended = check_sender_number(zeros + digits, kinds=OWN_SENDER_KINDS)
            if mended.allowed:
                return Parsed(mended.value, restored(mended.value))
    raise ValueFault("sender_number", verdict.message)


def softbank_sender(text: str, limits: FormLimits) -> Parsed:
    verdict = check_sender_number(text, kinds=(SenderKind.SOFTBANK,))
    if not verdict.allowed:
        raise ValueFault("sender_number", verdict.message)
    return Parsed(verdict.value)


def notification_url(text: str, limits: FormLimits) -> Parsed:
    verdict = check_notification_url(text, allow_http=limits.allow_http)
    if not verdict.allowed:
        raise ValueFault("notification_url", verdict.message)
    return Parsed(verdict.url, ValueFault("http", verdict.warning) if verdict.warning else None)


def public_url(text: str, limits: FormLimits) -> Parsed:
    verdict = check_public_url(text)
    if not verdict.allowed:
        raise ValueFault("url", verdict.message)
    return Parsed(verdict.url)


def rcs_colour(text: str, limits: FormLimits) -> Parsed:
    fault = colour_fault(text, RCS_LIMITS)
    if fault is not None:
        raise ValueFault("colour", fault.message)
    return Parsed(text.upper())


def image_name(text: str, limits: FormLimits) -> Parsed:
    if not _IMAGE_NAME.fullmatch(text):
        raise ValueFault(
            "image_name",
            "一緒に提出する画像のファイル名を、icon.png のように拡張子（png / jpg）まで記入してください。",
        )
    return Parsed(text)


CHECKS: dict[Kind, Check] = {
    Kind.KANA: katakana,
    Kind.EMAIL: email,
    Kind.PHONE: phone_number,
    Kind.POSTAL_CODE: postal_code,
    Kind.CORPORATE_NUMBER: corporate_number,
    Kind.GLOBAL_IP: global_ip,  # §1.2
    Kind.SENDER_NUMBER: sender_number,  # §2.1b
    Kind.SOFTBANK_SENDER: softbank_sender,  # §1.3 ※3
    Kind.NOTIFICATION_URL: notification_url,  # §1.9
    Kind.URL: public_url,
    Kind.COLOUR: rcs_colour,  # §1.5
    Kind.IMAGE_NAME: image_name,
}
