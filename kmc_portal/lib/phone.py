"""Phone numbers and postal codes of contacts (senders of SMS have rules of their own)."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat

from kmc_portal.lib.text import normalise_digits

PHONE_ADVICE = "市外局番から入力してください（例: 03-0000-1234）。"
POSTAL_ADVICE = "7桁の数字で入力してください（例: 100-0001）。"

# Also number ranges nobody has been given yet, which the library calls invalid (03-0000-…).
_JAPANESE = re.compile(r"0[1-9]\d{8}|0[5-9]0\d{8}")
_ALLOWED = re.compile(r"[+0-9() \-]+")
_POSTAL = re.compile(r"(\d{3})-?(\d{4})")


class InvalidPhone(ValueError):
    """The message is Japanese and says what to enter."""


class InvalidPostalCode(ValueError):
    """The message is Japanese and says what to enter."""


def normalise_phone(text: str) -> str:
    """Japanese numbers as `03-0000-1234`, foreign ones as `+1 202-555-0123`; InvalidPhone."""
    written = normalise_digits(text)
    fault = InvalidPhone(f"電話番号「{written}」は正しい番号ではありません。{PHONE_ADVICE}")
    if not _ALLOWED.fullmatch(written):
        raise fault
    try:
        number = phonenumbers.parse(written, "JP")
    except phonenumbers.NumberParseException as error:
        raise fault from error
    if number.country_code != 81:
        if not phonenumbers.is_valid_number(number):
            raise fault
        return str(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
    if not (phonenumbers.is_valid_number(number) or _JAPANESE.fullmatch(f"0{number.national_number}")):
        raise fault
    return str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def normalise_postal_code(text: str) -> str:
    """`100-0001`; InvalidPostalCode."""
    written = normalise_digits(text).removeprefix("〒").strip()
    found = _POSTAL.fullmatch(written)
    if found is None or not written.isascii():
        raise InvalidPostalCode(f"郵便番号「{written}」は正しくありません。{POSTAL_ADVICE}")
    return f"{found[1]}-{found[2]}"
