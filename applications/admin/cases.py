"""申込 in the admin: the list and the page of one case, with its files."""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.admin.deeds import Deed, Doing
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_bytes, send_file
from accounts.models import StoredFile
from accounts.services import files, notices
from accounts.services.errors import Refused
from applications.admin import case_list
from applications.admin.case_deeds import CASE_DEEDS, for_case, start_for_customer, start_release
from applications.admin.case_forms import NewCaseForm, ReleaseForm
from applications.admin.case_page import case_context, field_changes
from applications.admin.case_search import matching
from applications.admin.change_deeds import START_DEEDS
from applications.admin.queues import BY_NAME, filled, live_cases, with_events, with_tones
from applications.models import Application, Attachment, CarrierMessage, SubmittedFile
from applications.services import form_files
from kmc_portal.lib.jst import date_of


def _page_of_new_case(doing: Doing) -> str:
    return reverse("admin:applications_application_change", args=[doing.request.session.pop("new_case")])


@admin.register(Application)
class ApplicationAdmin(PageAdmin):
    page_template = "admin/applications/application/page.html"
    list_before_template = "admin/applications/application/_queues.html"
    list_fullwidth = True
    list_filter_submit = True
    list_display = case_list.COLUMNS
    list_display_links = (case_list.number_column, case_list.company_column)
    list_filter = case_list.FILTERS
    search_fields = ("number",)  # shows the search box; what it finds: case_search.py
    search_help_text = "企業名・番号・電話・botId"
    actions = case_list.ACTIONS
    deeds = CASE_DEEDS
    add_deed = Deed(
        "new",
        "メールで届いた申込を登録する",
        start_for_customer,
        NewCaseForm,
        button="登録して内容を確認する",
        permission="applications.add_application",
        explain="お客様に代わって申込を作成します。届いたメールと申込書を添付すると、内容を読み取って直す点を表示します。"
        "この時点ではまだ申し込みになりません。",
        goes_to=_page_of_new_case,
    )

    list_deeds = (
        Deed(
            "start_release",
            "ストア表示の申請を登録する",
            start_release,
            ReleaseForm,
            button="登録して書類を添付する",
            permission="applications.add_application",
            explain="リリースチェックリストをメールで受け取ったときに、お客様に代わって申請を作成します。",
            goes_to=_page_of_new_case,
        ),
        *(replace(deed, goes_to=_page_of_new_case) for deed in START_DEEDS),
    )

    def deed_for(self, deed: Deed, obj: Application) -> Deed:
        return for_case(deed, obj)

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name=f"{name}_own_export"),
            path("<int:pk>/files/<int:file_pk>/", view(self.file_view), name=f"{name}_own_file"),
            path("<int:pk>/marked/<int:file_pk>/", view(self.marked_view), name=f"{name}_own_marked"),
            path("<int:pk>/notice/", view(self.notice_view), name=f"{name}_own_notice"),
            path("<int:pk>/notice/<int:notice_pk>/", view(self.issued_view), name=f"{name}_own_issued"),
            path("<int:pk>/changes/", view(self.changes_view), name=f"{name}_own_changes"),
        ]

    # list -----------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> Any:
        return with_events(
            super().get_queryset(request).select_related("customer", "contract", "assignee", "prepared_by")
        )

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """A queue: one's own cases first, then the one that has waited longest; what is planned by its day.

        Else the newest first.
        """
        queue = BY_NAME.get(request.GET.get("queue", ""))
        if queue is None:
            return ["-pk"]
        if queue.by_day:
            return [queue.by_day, "pk"]
        mine = Case(When(assignee=request.user.pk, then=Value(0)), default=Value(1))
        return [mine.asc(), F("submitted_at").asc(nulls_last=True), "pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return case_list.CaseChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return matching(queryset, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        now = timezone.now()
        queues = filled(request.user, with_tones(live_cases(), now), date_of(now))  # type: ignore[arg-type]
        more = {
            "queues": queues,
            "queue_now": request.GET.get("queue", ""),
            "live_now": request.GET.get("live", ""),
            "may_add": self.has_add_permission(request),
            "query": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All rows that the list's search and filters leave, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        self.request = request
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            messages.error(request, "絞り込みの条件を読み取れません。一覧で条件を選び直してください。")
            return HttpResponseRedirect(self.list_url())
        return case_list.csv_of(request, rows)

    # page -----------------------------------------------------------------------------------------

    def page_context(self, request: HttpRequest, obj: Application) -> dict[str, Any]:
        return case_context(
            request.user,  # type: ignore[arg-type]
            obj,
            timezone.now(),
            version_shown=request.GET.get("v", ""),
        )

    def changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        context = {
            **self.frame(request, obj),
            "title": f"{obj.number} の変更履歴",
            "changes": field_changes(obj),
            "back": self.page_url(obj),
        }
        return TemplateResponse(request, "admin/changes.html", context)

    # files ----------------------------------------------------------------------------------------

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        owned = (
            Attachment.objects.filter(application=obj, file=file_pk).exists()
            or SubmittedFile.objects.filter(submission__application=obj, file=file_pk).exists()
            or CarrierMessage.objects.filter(review__application=obj, file=file_pk).exists()
        )
        if not owned:
            raise Http404
        return send_file(request, StoredFile.objects.get(pk=file_pk), what=f"{obj.number}")

    def marked_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        sent = (
            SubmittedFile.objects.select_related("file", "submission")
            .filter(submission__application=obj, pk=file_pk)
            .first()
        )
        if sent is None:
            raise Http404
        try:
            data = form_files.marked(sent=sent, unsent_too=True)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_url(obj))
        if data is None:
            messages.error(request, "この書類には不備が登録されていないため、印を付ける箇所がありません。")
            return HttpResponseRedirect(self.page_url(obj))
        files.log_download(
            request=request,
            user=request.user,  # type: ignore[arg-type]
            what=f"{obj.number} {sent.file.name}（印付き）",
            now=timezone.now(),
            file=sent.file,
        )
        return send_bytes(data, name=f"印付き_{sent.file.name}", content_type=sent.file.content_type)

    def notice_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The notice as a PDF as it would be issued today; nothing is kept."""
        obj = self.fetch(request, str(pk))
        if obj.contract is None or obj.contract.number is None:
            raise Http404
        now = timezone.now()
        try:
            data = notices.draft_pdf(contract=obj.contract, day=date_of(now))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page_url(obj))
        files.log_download(request=request, user=request.user, what=f"{obj.number} 通知書の下書き", now=now)  # type: ignore[arg-type]
        name = f"未発行の下書き_{obj.contract.number}.pdf"
        return send_bytes(data, name=name, content_type="application/pdf", inline=True)

    def issued_view(self, request: HttpRequest, pk: int, notice_pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        found = obj.contract.notices.filter(pk=notice_pk).first() if obj.contract else None
        if found is None:
            raise Http404
        return send_file(
            request, notices.pdf(notice=found), what=f"アカウント通知書 {found.number}", inline=True
        )
