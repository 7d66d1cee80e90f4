"""What the buttons of changes and cancellations ask for (§2.1b, §3)."""

import datetime
from typing import Any

from django import forms

from accounts.admin.deeds import DeedForm
from accounts.admin.fields import DayInput, MomentInput, SeveralFilesField, reason_field
from accounts.models import Contract
from accounts.services.errors import Refused
from applications.admin.case_changes import to_give
from applications.models import Application
from applications.rules.changes import CHANGES, ChangeItem
from applications.services import cancellation, change_completion, changes
from applications.services.change_facts import ordered
from billing.admin.fields import contract_field, found_contract
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month


class OnBehalfForm(DeedForm):
    """From what came by mail. The files are chosen on the page that is checked: they could not wait there."""

    contract = contract_field()
    mail_received_at = forms.DateTimeField(
        label="メールの受信日時",
        widget=MomentInput,
        error_messages={"required": "メールの受信日時を入力してください。"},
    )
    uploads = SeveralFilesField(label="受信メールと申込書", required=False)

    def prepare(self) -> None:
        if "checked" not in self.data or "back" in self.data:
            del self.fields["uploads"]

    def clean_contract(self) -> Contract | None:
        return found_contract(self.cleaned_data["contract"])


def items_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="変更する項目",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "変更する項目を1つ以上選んでください。",
            "invalid_choice": "この契約では選べない項目です。画面を開き直してください。",
        },
        help_text="次の画面で、必要な書類・完了の見込み・料金を確かめてから登録します。",
    )


class NewChangeForm(OnBehalfForm):
    items = items_field()

    field_order = ("contract", "mail_received_at", "items", "uploads")

    def prepare(self) -> None:
        super().prepare()
        self.fields[
            "mail_received_at"
        ].help_text = "記録のための日時です。変更の日数は受付受理の翌営業日から数えます。"
        number = str(self.data.get("contract") or self.initial.get("contract") or "")
        offer_items(self.fields["items"], _possible(number, date_of(self.doing.now)))

    def clean_items(self) -> tuple[ChangeItem, ...]:
        return ordered({ChangeItem(code) for code in self.cleaned_data["items"]})


class ItemsForm(DeedForm):
    """The items of a draft anew."""

    items = items_field()

    def prepare(self) -> None:
        application: Application = self.doing.obj
        self.initial.setdefault("items", list(application.items))
        if application.contract is not None:
            possible = _possible(application.contract.number or "", date_of(self.doing.now))
            offer_items(self.fields["items"], possible)

    def clean_items(self) -> tuple[ChangeItem, ...]:
        return ordered({ChangeItem(code) for code in self.cleaned_data["items"]})


class NewCancellationForm(OnBehalfForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields[
            "mail_received_at"
        ].help_text = "解約の締切に間に合うかどうかは、書類がそろっていれば、この日時で決まります。"


def offer_items(field: Any, possible: set[ChangeItem] | None) -> None:
    """By category, with what the table says of each; `possible` None: the contract is not known yet."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for rule in CHANGES:
        if possible is None or rule.item in possible:
            label = f"{rule.item.label}（{rule.document.label}・{rule.lead_time_label}）"
            groups.setdefault(rule.category.label, []).append((rule.item.value, label))
    field.choices = list(groups.items())


def _possible(number: str, day: datetime.date) -> set[ChangeItem] | None:
    number = number.strip()
    contract = Contract.objects.filter(number=number).first() if number.isalnum() else None
    if contract is None:
        return None
    try:
        return set(changes.choices(contract, day))
    except Refused:  # the contract's state is told when the items are checked
        return None


class AssignForm(DeedForm):
    """One field per kind of number and per new official account that the change needs."""

    def prepare(self) -> None:
        for one in to_give(self.doing.obj):
            self.fields[one.field] = forms.CharField(label=one.label, required=False, max_length=2000)


class CompletionForm(DeedForm):
    in_force_on = forms.DateField(
        label="適用日",
        widget=DayInput,
        help_text="この日から新しい内容が有効になります。前日までは変更前の内容が有効です。",
        error_messages={"required": "適用日を入力してください。", "invalid": "日付を入力してください。"},
    )

    def prepare(self) -> None:
        application: Application = self.doing.obj
        if application.accepted_at is not None:
            first = change_completion.first_day(application, date_of(self.doing.now))
            self.initial.setdefault("in_force_on", first)
            self.fields["in_force_on"].widget.attrs["min"] = first.isoformat()

    def clean_in_force_on(self) -> datetime.date:
        application: Application = self.doing.obj
        day: datetime.date = self.cleaned_data["in_force_on"]
        if application.accepted_at is not None and (
            refusal := change_completion.day_refusal(
                application, application.own_contract, day, date_of(self.doing.now)
            )
        ):
            raise forms.ValidationError(refusal)
        return day


class LastMonthForm(DeedForm):
    month = forms.ChoiceField(label="最終利用月", help_text="この月の末日まで利用でき、月額も請求されます。")
    reason = reason_field("変更する理由", "お客様の画面にも表示されます。メールは送りません。", length=500)

    def prepare(self) -> None:
        first = Month.of(date_of(self.doing.now))
        months = [first.plus(n) for n in range(cancellation.MONTHS_AHEAD + 1)]
        self.fields["month"].choices = [(str(month), month.label) for month in months]  # type: ignore[attr-defined]
        if self.doing.obj.last_month is not None:
            self.initial.setdefault("month", str(Month.of(self.doing.obj.last_month)))

    def clean_month(self) -> Month:
        return Month.parse(self.cleaned_data["month"])


class ReopenForm(DeedForm):
    reason = reason_field(
        "内容確認に戻す理由", "担当した方が読みます。お客様にも経過として表示されます。", length=500
    )
