"""締め in the admin: the list with revenue by month, the cockpit of a month, its accounts, and what a preview says."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_file
from accounts.templatetags.kmc_admin import badge
from billing.admin import invoice_page, run_deeds, run_figures
from billing.admin.run_page import LEAST_SWING, TONES, run_context
from billing.models import BillingRun, PreviewInvoice, PrintBundle
from billing.services import closing, closing_jobs
from billing.workflow import FINAL
from kmc_portal.lib.yen import yen

LONGEST_TEXT = 100
THRESHOLDS = (1, 1_000, 10_000, 100_000, 1_000_000)  # yen


@admin.register(BillingRun)
class BillingRunAdmin(PageAdmin):
    page_template = "admin/billing/billingrun/page.html"
    list_before_template = "admin/billing/billingrun/_revenue.html"
    list_display = ("month_column", "state_column", "invoices_column", "total_column", "waiting_column")
    list_display_links = ("month_column",)
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    deeds = run_deeds.RUN_DEEDS
    add_deed = run_deeds.OPEN_DEED

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/accounts/", view(self.accounts_view), name=f"{name}_own_accounts"),
            path("<int:pk>/previews/<int:preview_pk>/", view(self.preview_view), name=f"{name}_own_preview"),
            path(
                "<int:pk>/previews/<int:preview_pk>/lines/<int:position>/",
                view(self.line_view),
                name=f"{name}_own_line",
            ),
            path("<int:pk>/bundles/<int:bundle_pk>/", view(self.bundle_view), name=f"{name}_own_bundle"),
        ]

    # list -----------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"bars": run_figures.revenue(), "next_month": closing.next_month()}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description="利用月", ordering="month")
    def month_column(self, row: BillingRun) -> str:
        return str(row)

    @admin.display(description="状態", ordering="state")
    def state_column(self, row: BillingRun) -> str:
        return badge(row.get_state_display(), TONES[row.state])

    @admin.display(description="請求書")
    def invoices_column(self, row: BillingRun) -> str:
        return f"{self._totals(row).accounts:,}通" if row.preview else "—"

    @admin.display(description="合計（税込）")
    def total_column(self, row: BillingRun) -> str:
        return f"{yen(self._totals(row).total)}円" if row.preview else "—"

    @admin.display(description="保留した契約")
    def waiting_column(self, row: BillingRun) -> str:
        parked = closing_jobs.parked_in(row)
        return badge(f"{parked:,}件", "bad") if parked else "—"

    def _totals(self, row: Any) -> run_figures.Totals:
        if not hasattr(row, "figures"):
            row.figures = run_figures.totals(row)
        found: run_figures.Totals = row.figures
        return found

    # pages ----------------------------------------------------------------------------------------

    def page_context(self, request: HttpRequest, obj: BillingRun) -> dict[str, Any]:
        return run_context(request, obj, self.doing(request, obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """While something runs the page asks for its progress; when it has ended, for itself."""
        response = super().change_view(request, object_id, form_url, extra_context)
        context = getattr(response, "context_data", {})
        if request.headers.get("HX-Request") and not context.get("poll"):
            response["HX-Refresh"] = "true"
        return response

    def accounts_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every account of the close: all of them, the swings against last month, or what the last preview changed."""
        run = self.fetch(request, str(pk))
        text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
        show = request.GET.get("show", "all")
        least = _threshold(request.GET.get("least", ""), 1 if show == "changed" else LEAST_SWING)
        number = int(page) if (page := request.GET.get("p", "1")).isdecimal() and 0 < int(page) < 10**6 else 1
        context = {"run": run, "show": show, "text": text, "least": least, "thresholds": THRESHOLDS}
        if show in ("swings", "changed"):
            compare = run_figures.swings if show == "swings" else run_figures.changed_by_preview
            offset = (number - 1) * run_figures.PER_PAGE
            rows, count = compare(run, least=least, text=text, offset=offset)
            page_of = Paginator(range(count), run_figures.PER_PAGE).get_page(number)
            context |= {"compared": rows, "count": count, "page": page_of}
        else:
            found = run_figures.rows_of(run).select_related("account__customer", "account__sales_partner")
            if text:
                found = found.filter(account__in=list(run_figures.accounts_matching(text)))
            page_of = Paginator(found.order_by("account__number"), run_figures.PER_PAGE).get_page(number)
            context |= {"rows": page_of.object_list, "count": page_of.paginator.count, "page": page_of}
        context["is_final"] = run.state in FINAL
        context = {**self.frame(request, run), **context, "title": f"{run}の請求先"}
        return TemplateResponse(request, "admin/billing/billingrun/accounts.html", context)

    def preview_view(self, request: HttpRequest, pk: int, preview_pk: int) -> HttpResponse:
        run = self.fetch(request, str(pk))
        invoice = self._preview(run, preview_pk)
        context = {
            **self.frame(request, run),
            **invoice_page.body(request, invoice),
            "run": run,
            "preview": invoice,
            "is_last": invoice.preview == run.preview and run.state not in FINAL,
            "title": f"{run}の試算",
        }
        return TemplateResponse(request, "admin/billing/billingrun/preview.html", context)

    def line_view(self, request: HttpRequest, pk: int, preview_pk: int, position: int) -> HttpResponse:
        run = self.fetch(request, str(pk))
        invoice = self._preview(run, preview_pk)
        line = invoice.lines.select_related("contract__customer", "invoice__run").filter(position=position)
        if not (found := line.first()):
            raise Http404
        back = reverse("admin:billing_billingrun_own_preview", args=[run.pk, invoice.pk])
        context = {
            **self.frame(request, run),
            **invoice_page.line_context(found),
            "back": back,
            "back_label": f"{run}の試算",
        }
        return TemplateResponse(request, "admin/billing/line.html", context)

    def bundle_view(self, request: HttpRequest, pk: int, bundle_pk: int) -> HttpResponse:
        run = self.fetch(request, str(pk))
        found = PrintBundle.objects.filter(run=run, pk=bundle_pk).select_related("file").first()
        if found is None:
            raise Http404
        return send_file(request, found.file, what=f"印刷用PDF {run}")

    def _preview(self, run: BillingRun, preview_pk: int) -> PreviewInvoice:
        rows = PreviewInvoice.objects.select_related("account__customer", "account__sales_partner", "run")
        found = rows.filter(run=run, pk=preview_pk).first()
        if found is None:
            raise Http404
        return found


def _threshold(text: str, default: int) -> int:
    return int(text) if text.isdecimal() and 0 < int(text) <= 10**12 else default
