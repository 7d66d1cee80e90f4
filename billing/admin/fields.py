"""Fields that the billing pages ask for."""

from typing import Any

from django import forms

from accounts.models import Contract
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import normalise_digits


class MonthInput(forms.TextInput):
    """The browser's own month picker; a text of the form 2026-09 where it has none."""

    input_type = "month"

    def __init__(self) -> None:
        super().__init__(attrs={"placeholder": "2026-09"})


class MonthField(forms.Field):
    """Cleans to a Month."""

    widget = MonthInput

    def to_python(self, value: Any) -> Month | None:
        text = normalise_digits(str(value or ""))
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from fault

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise forms.ValidationError(f"{self.label}を 2026-09 の形で入力してください。")

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else str(value)


def contract_field(*, required: bool = True, empty: str = "") -> forms.CharField:
    """A ご利用番号; `found_contract` turns it into the contract."""
    return forms.CharField(
        label="ご利用番号",
        required=required,
        max_length=20,
        help_text=f"例：KMC000000001。{empty}",
        error_messages={"required": "ご利用番号を入力してください。"},
    )


def found_contract(text: str) -> Contract | None:
    """None for an empty text."""
    number = normalise_digits(text).upper()
    if not number:
        return None
    contract = Contract.objects.select_related("customer").filter(number=number).first()
    if contract is None:
        raise forms.ValidationError(f"ご利用番号 {number} の契約はありません。契約の一覧で確かめてください。")
    return contract
