"""Fields for names and short texts of one line, as forms take them."""

import unicodedata
from typing import Any

from django import forms

from kmc_portal.lib.text import clean_name

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, direction, line breaks, unassigned
KEPT = frozenset("\u200c\u200d")  # joiners: parts of emoji and of some scripts


class NameField(forms.CharField):
    """One visible line in NFC, no longer than `max_length` in it: NFC makes two signs of some (U+0958)."""

    def to_python(self, value: Any) -> str:
        return clean_name(str(super().to_python(value)))

    def validate(self, value: str) -> None:
        super().validate(value)
        if any(unicodedata.category(sign) in UNSEEN and sign not in KEPT and sign != "\0" for sign in value):
            raise forms.ValidationError(
                "改行や、目に見えない文字が含まれています。消してから、1行で入力し直してください。"
            )
        if value and not any(unicodedata.category(sign)[0] in "LNPS" for sign in value):
            raise forms.ValidationError("目に見える文字で入力してください。")
