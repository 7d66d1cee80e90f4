"""What customers type in the portal. Everything else comes in the workbooks."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.names import NameField
from accounts.rules.plans import Channel, DeliveryMethod, Option, Plan
from accounts.rules.roles import CustomerRole
from applications.rules.changes import ChangeItem
from applications.rules.evaluation import choice_faults


class ChoiceForm(forms.Form):
    """Plan, delivery method and options; what the plan cannot have is refused, however it got here."""

    plan = forms.ChoiceField(
        label="契約プラン",
        choices=Plan.choices(),
        widget=forms.RadioSelect,
        error_messages={"required": "契約プランを選んでください。"},
    )
    delivery_method = forms.ChoiceField(
        label="配信方法",
        choices=DeliveryMethod.choices(),
        widget=forms.RadioSelect,
        initial=DeliveryMethod.API.value,
    )
    options = forms.MultipleChoiceField(
        label="オプション", choices=Option.choices(), widget=forms.CheckboxSelectMultiple, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"plan", "delivery_method", "options"} <= cleaned.keys():
            faults = choice_faults(self.plan_chosen(), self.method_chosen(), self.options_chosen())
            if faults:
                raise ValidationError(faults)
        return cleaned

    def plan_chosen(self) -> Plan:
        return Plan(self.cleaned_data["plan"])

    def method_chosen(self) -> DeliveryMethod:
        return DeliveryMethod(self.cleaned_data["delivery_method"])

    def options_chosen(self) -> frozenset[Option]:
        return frozenset(Option(code) for code in self.cleaned_data["options"])


class ItemsForm(forms.Form):
    """§2.1b: what is to be changed; which of it goes together the service says. `seen` is the choice whose documents,
    dates and fees stood on the page."""

    items = forms.MultipleChoiceField(
        label="変更する項目",
        choices=ChangeItem.choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "変更する項目を1つ以上選んでください。"},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> tuple[ChangeItem, ...]:
        return tuple(ChangeItem(code) for code in self.cleaned_data["items"])

    def was_seen(self) -> bool:
        return set(self.cleaned_data["seen"].split(",")) == set(self.cleaned_data["items"])


class ReasonForm(forms.Form):
    """Why: for withdrawing an application and for objecting to what was registered."""

    reason = forms.CharField(
        label="理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "理由を入力してください。"},
    )


class ObjectionForm(ReasonForm):
    reason = forms.CharField(
        label="違っている点",
        help_text="どの項目が、どう違うのかをお書きください。担当者が登録内容を見直します。",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "違っている点を入力してください。"},
    )


class ReplyForm(forms.Form):
    """An answer to a carrier's remark, with a file where that says more."""

    text = forms.CharField(
        label="回答",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "回答を入力してください。"},
    )
    file = forms.FileField(
        label="添付ファイル（任意）",
        help_text="Excelブック、PNG・JPEG画像、PDFを添付できます。",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.png,.jpg,.jpeg,.pdf"}),
        error_messages={"empty": "空のファイルです。ファイルを確かめて、選び直してください。"},
    )


class ReadyForm(forms.Form):
    """§1.7: the server is ready now, or needs time until a day."""

    NOW, LATER = "now", "later"

    when = forms.ChoiceField(
        label="サーバーの準備状況",
        choices=[(NOW, "準備ができました（疎通確認をお願いします）"), (LATER, "まだ時間がかかります")],
        widget=forms.RadioSelect,
        error_messages={"required": "準備状況を選んでください。"},
    )
    ready_on = forms.DateField(
        label="準備予定日", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("when") == self.LATER and "ready_on" in cleaned and cleaned["ready_on"] is None:
            self.add_error("ready_on", "準備予定日を入力してください。")
        return cleaned


class UrlForm(forms.Form):
    """§1.9: the corrected URL of a function that is not OK yet; `shown` is the one the page was made with."""

    url = forms.CharField(
        label="正しいURL",
        max_length=2048,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": "URLを入力してください。"},
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class TryForm(forms.Form):
    """A URL to be tried before submitting. Which function decides what is sent."""

    function = forms.ChoiceField(label="通知機能", error_messages={"required": "通知機能を選んでください。"})
    url = forms.CharField(
        label="試すURL",
        max_length=2048,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": "URLを入力してください。"},
    )

    def __init__(self, *args: Any, functions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = functions  # type: ignore[attr-defined]


class TestAccountForm(forms.Form):
    """§2.0, §2.1a: an own Webhook URL for each channel that may have one; blank: the production account's."""

    def __init__(self, *args: Any, channels: Collection[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for channel in channels:
            self.fields[f"webhook_{channel.value}"] = forms.CharField(
                label=f"{channel.label}の試験用Webhook URL（任意）",
                required=False,
                max_length=2048,
                help_text="空欄なら、商用アカウントと同じ通知先です。",
                widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
            )

    def urls(self) -> dict[Channel, str]:
        return {Channel(name.removeprefix("webhook_")): url for name, url in self.cleaned_data.items()}


class InvitationForm(forms.Form):
    name = NameField(
        label="氏名", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "氏名を入力してください。"},
    )  # fmt: skip
    email = forms.EmailField(
        label="メールアドレス",
        max_length=254,
        help_text="このアドレスに、パスワードを設定するためのリンクをお送りします。",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "メールアドレスを入力してください。",
            "invalid": "メールアドレスの形が正しくありません。hanako@example.jp のように入力してください。",
        },
    )
    role = forms.ChoiceField(
        label="役割",
        choices=CustomerRole.choices(),
        widget=forms.RadioSelect,
        initial=CustomerRole.MEMBER.value,
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="役割", choices=CustomerRole.choices())
