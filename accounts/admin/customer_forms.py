"""What the customers' pages ask for."""

from typing import Any

from django import forms

from accounts.admin.deeds import DeedForm
from accounts.admin.fields import DayInput
from accounts.models import SalesPartner, User
from accounts.names import NameField
from accounts.rules.corporate_number import check_corporate_number
from accounts.rules.roles import CustomerRole
from accounts.services import customers
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.kana import ADVICE, is_katakana, to_katakana
from kmc_portal.lib.phone import InvalidPostalCode, normalise_postal_code


class ProfileFields(DeedForm):
    """企業情報; all but the name may be unknown as yet."""

    name = NameField(
        label="企業名",
        max_length=120,
        help_text="登記のとおりに入力してください（㈱などの略字もそのまま残ります）。",
        error_messages={"required": "企業名を入力してください。"},
    )
    name_kana = NameField(label="企業名（フリガナ）", max_length=120, required=False)
    corporate_number = forms.CharField(
        label="法人番号",
        max_length=20,
        required=False,
        help_text="数字13桁。個人事業主の場合は空欄にしてください。",
    )
    postal_code = forms.CharField(label="郵便番号", max_length=10, required=False)
    address = NameField(label="住所", max_length=250, required=False)
    representative = NameField(label="代表者", max_length=80, required=False)

    def clean_name_kana(self) -> str:
        text = to_katakana(str(self.cleaned_data["name_kana"]))
        if text and not is_katakana(text):
            raise forms.ValidationError(ADVICE)
        return text

    def clean_corporate_number(self) -> str:
        text = str(self.cleaned_data["corporate_number"]).strip()
        if not text:
            return ""
        verdict = check_corporate_number(text)
        if not verdict.allowed:
            raise forms.ValidationError(verdict.message)
        return verdict.value

    def clean_postal_code(self) -> str:
        text = str(self.cleaned_data["postal_code"]).strip()
        try:
            return normalise_postal_code(text) if text else ""
        except InvalidPostalCode as fault:
            raise forms.ValidationError(str(fault)) from fault


class ProfileForm(ProfileFields):
    def prepare(self) -> None:
        profile = self.doing.obj.profiles.as_of(date_of(self.doing.now)).first()
        for field in customers.PROFILE_FIELDS:
            self.initial.setdefault(field, getattr(profile, field, "") if profile else "")
        self.initial.setdefault("name", self.doing.obj.name)


def partner_field() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        SalesPartner.objects.all(), label="販売パートナー", required=False, empty_label="（なし・直接契約）"
    )


def nda_field() -> forms.DateField:
    return forms.DateField(
        label="守秘義務契約 締結日",
        required=False,
        widget=DayInput,
        help_text="締結していない間、お客様は守秘資料をダウンロードできません。",
    )


class TermsForm(DeedForm):
    sales_partner = partner_field()
    nda_concluded_on = nda_field()

    def prepare(self) -> None:
        self.initial.setdefault("sales_partner", self.doing.obj.sales_partner_id)
        self.initial.setdefault("nda_concluded_on", self.doing.obj.nda_concluded_on)


class NewCustomerForm(ProfileFields):
    """A company and its first login in one go."""

    sales_partner = partner_field()
    nda_concluded_on = nda_field()
    user_name = NameField(
        label="最初の管理者の氏名",
        max_length=80,
        error_messages={"required": "最初の管理者の氏名を入力してください。"},
    )
    user_email = forms.EmailField(
        max_length=254,
        label="最初の管理者のメールアドレス",
        help_text="この方に招待メールを送ります。ほかのユーザーは、この方がお客様の画面から追加できます。",
        error_messages={"required": "メールアドレスを入力してください。"},
    )

    def clean_user_email(self) -> str:
        email = str(self.cleaned_data["user_email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("このメールアドレスは登録済みです。別のアドレスを入力してください。")
        return email


class InviteForm(DeedForm):
    user_name = NameField(
        label="氏名", max_length=80, error_messages={"required": "氏名を入力してください。"}
    )
    user_email = forms.EmailField(
        max_length=254,
        label="メールアドレス",
        error_messages={"required": "メールアドレスを入力してください。"},
    )
    role = forms.ChoiceField(
        label="役割",
        choices=CustomerRole.choices(),
        initial=CustomerRole.MEMBER.value,
        widget=forms.RadioSelect,
        help_text="管理者は、同じ企業のユーザーを追加・停止できます。",
    )


class UserIdForm(DeedForm):
    """One of the customer's users, and of no other's."""

    user = forms.ModelChoiceField(User.objects.none(), widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.fields["user"].queryset = User.objects.filter(customer=self.doing.obj)  # type: ignore[attr-defined]


class RoleForm(UserIdForm):
    role = forms.ChoiceField(choices=CustomerRole.choices(), widget=forms.HiddenInput)


class PartnerForm(DeedForm):
    name = NameField(label="名称", max_length=120, error_messages={"required": "名称を入力してください。"})
    name_kana = NameField(label="名称（フリガナ）", max_length=120, required=False)
    email = forms.EmailField(label="連絡先メール", max_length=254, required=False)

    def prepare(self) -> None:
        if self.doing.obj is not None:
            for field in ("name", "name_kana", "email"):
                self.initial.setdefault(field, getattr(self.doing.obj, field))


def profile_of(given: dict[str, Any]) -> dict[str, str]:
    return {field: str(given.get(field) or "") for field in customers.PROFILE_FIELDS}
