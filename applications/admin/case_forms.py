"""What the buttons of a case ask for."""

import unicodedata
from typing import Any

from django import forms

from accounts.admin.deeds import DeedForm
from accounts.admin.fields import DayInput, MomentInput, SeveralFilesField, reason_field
from accounts.models import (
    Contract,
    ContractState,
    Customer,
    NotificationEndpoint,
    OfficialAccount,
    SmsSender,
    User,
)
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services import materials
from applications.admin.case_values import text_of
from applications.models import Application, DocumentReview
from applications.rules.documents import DocumentCode
from applications.rules.evaluation import choice_faults
from applications.rules.finding_texts import texts_for
from applications.rules.forms import FORMS, Form, form_for_plan
from applications.services import review
from applications.services.facts import latest_submission
from applications.services.functions import endpoints_of
from applications.services.places import forms_asked
from applications.workflow import Kind
from kmc_portal.lib.jst import date_of


class DocumentForm(DeedForm):
    document = forms.ChoiceField(choices=DocumentCode.choices(), widget=forms.HiddenInput)


class FindingIdForm(DeedForm):
    finding = forms.IntegerField(widget=forms.HiddenInput)


class ReviewIdForm(DeedForm):
    review = forms.IntegerField(widget=forms.HiddenInput)


class EndpointIdForm(DeedForm):
    endpoint = forms.IntegerField(widget=forms.HiddenInput)


class AttachmentIdForm(DeedForm):
    attachment = forms.IntegerField(widget=forms.HiddenInput)


class MemoForm(DeedForm):
    text = reason_field("社内メモ", "社内だけで共有されます。お客様には見えません。", length=2000)


class HandOnForm(DeedForm):
    to = forms.ModelChoiceField(
        User.objects.none(),
        label="新しい担当者",
        empty_label="選んでください",
        error_messages={"required": "担当者を選んでください。"},
    )

    def prepare(self) -> None:
        colleagues = review.who_may_be_assigned().exclude(pk=self.doing.obj.assignee_id)
        self.fields["to"].queryset = colleagues.order_by("name")  # type: ignore[attr-defined]


class ReturnForm(DeedForm):
    note = forms.CharField(
        label="担当者からのひとこと",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不備の一覧のほかに伝えたいことがあれば入力してください。メールに載ります。",
    )


class NoteForm(DeedForm):
    note = reason_field(
        "どのように確認を受けたか",
        "例：11月24日の電話で、例示様より違いがないとご回答いただきました。",
        length=500,
    )


class ObjectionForm(DeedForm):
    reason = reason_field(
        "お客様が違うと言われた点", "内容確認に戻り、直していただく点として扱います。", length=1000
    )


class HoldForm(DeedForm):
    reason = reason_field(
        "保留にする理由", "保留の間は納期の日数が進みません。お客様の画面にも表示されます。"
    )


class WithdrawForm(DeedForm):
    reason = reason_field("取り下げの理由", "お客様のお申し出の内容を入力してください。", length=500)


class RejectForm(DeedForm):
    reason = reason_field("却下の理由", "お客様へのメールに載り、お客様の画面にも表示されます。", length=1000)


class SendBackForm(DeedForm):
    reason = reason_field(
        "戻す理由", "準備した方が読みます。直してほしい点を具体的に入力してください。", length=500
    )


class RemarkForm(ReviewIdForm):
    text = reason_field(
        "キャリアからの指摘",
        "お客様へのメールに載ります。直していただきたいことが分かるように入力してください。",
        length=2000,
    )


class ReplyForm(ReviewIdForm):
    text = reason_field("お客様の回答", "電話やメールで受けた回答を、代わりに記録します。", length=2000)


class CheckNoteForm(EndpointIdForm):
    note = reason_field(
        "確認の内容",
        "お客様の画面にも表示されます。応答コードや応答時間など（例：応答 200、中央値 180 ms）。",
        length=1000,
    )


class UrlForm(DeedForm):
    """The URL of the 通知先 as it is now, to be corrected; `shown` is what a form that comes back was made with."""

    url = forms.CharField(
        label="正しいURL", max_length=2048, error_messages={"required": "URLを入力してください。"}
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        row = self.row()
        if row is not None:
            self.initial.update(url=row.url, shown=row.url)

    def row(self) -> NotificationEndpoint | None:
        found: NotificationEndpoint = self.doing.obj
        return found


class EndpointUrlForm(UrlForm):
    """The same on a case, which has several."""

    endpoint = forms.IntegerField(widget=forms.HiddenInput)

    def row(self) -> NotificationEndpoint | None:
        asked = str(self.initial.get("endpoint", ""))
        if not asked.isdecimal() or len(asked) > 18:
            return None
        found: NotificationEndpoint | None = (
            endpoints_of(self.doing.obj, date_of(self.doing.now)).filter(pk=int(asked)).first()
        )
        return found


class LaterForm(EndpointIdForm):
    ready_on = forms.DateField(
        label="サーバの準備予定日", widget=DayInput, error_messages={"required": "日付を入力してください。"}
    )


class CellField(forms.RegexField):
    """`C12`, also as typed with full-width letters or in lower case."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").upper()


class FindingForm(DeedForm):
    """Sheet and cell from the form's description, the wording from the ready ones or free."""

    document = forms.ChoiceField(label="書類", choices=())
    place = forms.ChoiceField(
        label="項目",
        required=False,
        help_text="シートとセルが決まります。一覧にない箇所は、下のシートとセルに直接入力してください。",
    )
    sheet = forms.ChoiceField(label="シート", required=False)
    cell = CellField(
        r"^[A-Za-z]{1,3}[1-9][0-9]{0,4}$",
        label="セル",
        required=False,
        max_length=10,
        error_messages={"invalid": "セルは C12 のように入力してください。"},
    )
    ready = forms.ChoiceField(
        label="よく使う文面",
        required=False,
        help_text="選ぶと下の欄に入ります。そのままでも、書き換えても使えます。",
    )
    text = forms.CharField(
        label="不備の内容",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="お客様がそのまま読みます。何をどう直していただくかを書いてください。",
    )

    def prepare(self) -> None:
        submission = latest_submission(self.doing.obj)
        codes = list(submission.reviews.values_list("document", flat=True)) if submission else []
        self._choices("document", [(code, DocumentCode.label_of(code)) for code in codes])
        chosen = self.data.get("document") or self.initial.get("document") or (codes[0] if codes else "")
        self.initial.setdefault("document", chosen)
        forms_of_case = forms_of(self.doing.obj)
        sheets = [sheet for form in forms_of_case for sheet in form.sheets]
        own = [sheet for sheet in sheets if sheet.document_code == chosen]
        sources = submission.content["sources"] if submission else {}
        values = submission.content["values"] if submission else {}
        places = [(slot.key, _place(sources, values, slot)) for sheet in own for slot in sheet.slots]
        self._choices("place", [("", "（項目を選ばない）"), *places])
        self._choices(
            "sheet", [("", "（書類全体）"), *((sheet.title, sheet.title) for sheet in own or sheets)]
        )
        texts = texts_for(DocumentCode(chosen)) if chosen in set(codes) else ()
        self._choices(
            "ready", [("", "（選ばない）"), *((row.text, f"{row.label}：{row.text}") for row in texts)]
        )
        self.sources = sources
        self.slots = {slot.key: slot for sheet in own for slot in sheet.slots}

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        place = cleaned.get("place")
        if place and not cleaned.get("cell"):
            slot = self.slots[place]
            found = self.sources.get(place)
            cleaned["sheet"], cleaned["cell"] = (
                (found[0], found[1]) if found else (slot.sheet.title, slot.cell)
            )
        if not (cleaned.get("text") or "").strip():
            cleaned["text"] = cleaned.get("ready") or ""
        if not cleaned["text"]:
            self.add_error("text", "文面を選ぶか、不備の内容を入力してください。")
        if cleaned.get("cell") and not cleaned.get("sheet"):
            self.add_error("sheet", "セルを指定するときは、シートも選んでください。")
        return cleaned


def forms_of(application: Application) -> list[Form]:
    """The forms whose sheets a case can hold."""
    if application.kind == Kind.NEW:
        return [form_for_plan(application.plan), FORMS["sms_result_destination"]]
    return list(forms_asked(application).values())


LONGEST_SHOWN = 40  # characters of a value in the list of places


def _place(sources: dict[str, Any], values: dict[str, Any], slot: Any) -> str:
    """`アカウントパラメータ申込書!C7　同意取得方法：会員登録の…`."""
    sheet, cell = sources.get(slot.key) or (slot.sheet.title, slot.cell)
    value = values.get(slot.field.key)
    if isinstance(value, list):
        row = int(slot.key.rpartition(".")[2]) - 1
        value = value[row] if row < len(value) else ""
    text = text_of(slot.field, value).replace("\n", " ") if value not in (None, "") else "（空欄）"
    text = f"{text[:LONGEST_SHOWN]}…" if len(text) > LONGEST_SHOWN else text
    return f"{sheet}!{cell}　{slot.label}：{text}"


class ReleaseForm(DeedForm):
    """A release on a customer's behalf, from the contract's page."""

    contract = forms.ModelChoiceField(
        Contract.objects.filter(state=ContractState.ACTIVE).select_related("customer"),
        label="契約",
        empty_label="選んでください",
        error_messages={"required": "契約を選んでください。"},
    )


class ChoiceForm(DeedForm):
    plan = forms.ChoiceField(label="契約プラン", choices=Plan.choices(), widget=forms.RadioSelect)
    options = forms.MultipleChoiceField(
        label="オプション",
        choices=Option.choices(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="申込書で「利用する」となっているものを選んでください。",
    )
    delivery_method = forms.ChoiceField(
        label="配信方法",
        choices=DeliveryMethod.choices(),
        widget=forms.RadioSelect,
        help_text="入稿ポータルの申込は、この窓口では扱いません。",
    )

    def prepare(self) -> None:
        if isinstance(self.doing.obj, Application):
            self.initial.setdefault("plan", self.doing.obj.plan)
            self.initial.setdefault("options", list(self.doing.obj.options))
        self.initial.setdefault("delivery_method", DeliveryMethod.API.value)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"plan", "options", "delivery_method"} <= cleaned.keys():
            cleaned["plan"] = Plan(cleaned["plan"])
            cleaned["options"] = frozenset(Option(code) for code in cleaned["options"])
            cleaned["delivery_method"] = DeliveryMethod(cleaned["delivery_method"])
            for fault in choice_faults(cleaned["plan"], cleaned["delivery_method"], cleaned["options"]):
                self.add_error(None, fault)
        return cleaned


class NewCaseForm(ChoiceForm):
    """A case on a customer's behalf, from what came by mail."""

    customer = forms.ModelChoiceField(
        Customer.objects.order_by("search_key"),
        label="ご利用企業",
        empty_label="選んでください",
        help_text="一覧にない企業は、先に「ご利用企業」で登録してください。",
        error_messages={"required": "ご利用企業を選んでください。"},
    )
    mail_received_at = forms.DateTimeField(
        label="メールの受信日時",
        widget=MomentInput,
        help_text="納期の日数は、この日時を申込日時として数えます。",
        error_messages={"required": "メールの受信日時を入力してください。"},
    )
    uploads = SeveralFilesField(
        label="受信メールと申込書",
        help_text="受信したメール（.eml）、申込書（.xlsx）、画像をまとめて選べます。どの書類かは自動で判断します。",
        error_messages={"required": "受信メールと申込書を選んでください。"},
    )

    field_order = ("customer", "mail_received_at", "plan", "options", "delivery_method", "uploads")


class AttachForm(DeedForm):
    uploads = SeveralFilesField(
        label="書類",
        help_text="申込書（.xlsx）、画像、受信メール（.eml）をまとめて選べます。同じ書類は差し替わります。",
        error_messages={"required": "ファイルを選んでください。"},
    )


class ConsentForm(DeedForm):
    """Consents as the form states them, ticked by staff edition by edition."""

    consent = forms.MultipleChoiceField(
        label="お客様の同意",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="申込書で同意いただいていることを確認のうえ、すべてに印を付けてください。",
    )

    def prepare(self) -> None:
        editions = (
            materials.to_consent(day=date_of(self.doing.now)) if self.doing.obj.kind == Kind.NEW else []
        )
        if not editions:
            del self.fields["consent"]
            return
        self.fields["consent"].choices = [(str(row.pk), str(row)) for row in editions]  # type: ignore[attr-defined]


class IdentifiersForm(DeedForm):
    """One field per official account."""

    def prepare(self) -> None:
        for account in accounts_of(self.doing.obj):
            self.fields[f"account_{account.pk}"] = forms.CharField(
                label=f"{account.get_channel_display()}{'（試験用）' if account.is_test else ''}の{account.identifier_label}",
                required=False,
                max_length=64,
                initial=account.identifier,
            )

    def identifiers(self) -> dict[int, str]:
        return {
            int(name.removeprefix("account_")): value.strip() for name, value in self.cleaned_data.items()
        }


class SendersForm(DeedForm):
    """One field per kind of number that the case asked for; a kind that is not posted stays as it is."""

    def prepare(self) -> None:
        for kind in SmsSender.Kind:
            if f"numbers_{kind.value}" in self.data:
                self.fields[f"numbers_{kind.value}"] = forms.CharField(
                    label=kind.label,
                    required=False,
                    max_length=2000,
                    widget=forms.Textarea(attrs={"rows": 3}),
                    help_text="一行に一つ",
                )


def accounts_of(application: Application) -> list[OfficialAccount]:
    if application.contract is None:
        return []
    return list(application.contract.official_accounts.select_related("production").order_by("channel", "pk"))


def review_of(application: Application, document: str) -> DocumentReview | None:
    submission = latest_submission(application)
    return submission.reviews.filter(document=document).first() if submission else None
