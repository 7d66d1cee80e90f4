"""SMS課金通数の確認 (§5.2): a text or a length, and what each carrier charges for it."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from billing.rules.carriers import DeliveryCarrier
from billing.rules.segments import LENGTHS, SHORT_LIMIT, LengthOutOfRange, characters, charged_segments, why

LONGEST = 10_000  # characters: more is no SMS


@dataclass(frozen=True)
class Answer:
    carrier: str
    charged: int | None
    words: str


class SegmentsForm(forms.Form):
    text = forms.CharField(
        label="本文",
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="そのまま貼り付けてください。絵文字など一部の文字は2文字に数えます。改行は1文字です。本文は保存しません。",
    )
    chars = forms.IntegerField(
        label="または文字数",
        required=False,
        min_value=0,
        max_value=LONGEST,
        help_text="本文がないときに使います。",
        error_messages={"invalid": "文字数は数字で入力してください。"},
    )

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if not given.get("text") and given.get("chars") is None and not self.errors:
            raise forms.ValidationError("本文か文字数のどちらかを入力してください。")
        return given


def segments_view(request: HttpRequest) -> HttpResponse:
    """Posted, so that no text stands in an address or a log; nothing is kept."""
    form = SegmentsForm(request.POST if request.method == "POST" else None)
    context = {
        **admin.site.each_context(request),
        "title": "SMS課金通数の確認",
        "form": form,
        "lengths": [(carrier, length) for carrier, length in LENGTHS.items()],
        "short_limit": SHORT_LIMIT,
    }
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]
        chars = characters(text) if text else form.cleaned_data["chars"]
        context |= {"chars": chars, "answers": answers(chars), "is_long": chars > SHORT_LIMIT}
    return TemplateResponse(request, "admin/staff/segments.html", context)


def answers(chars: int) -> list[Answer]:
    found = []
    for carrier in DeliveryCarrier:
        try:
            charged = charged_segments(carrier, chars)
        except LengthOutOfRange as fault:
            found.append(Answer(carrier.label, None, str(fault)))
        else:
            found.append(Answer(carrier.label, charged, why(carrier, charged)))
    return found
