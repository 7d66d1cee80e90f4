"""What the pages of an invoice and of a previewed one share: head, lines, taxes; and the explanation of a line."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from accounts.rules.plans import PaymentMethod
from billing.models import Invoice, PreviewInvoice
from billing.rules.invoice import LineKind
from billing.rules.tax import Rounding
from billing.services import explaining
from billing.services.explaining import AnyLine
from kmc_portal.lib.months import Month

LINES_PER_PAGE = 100


def body(request: HttpRequest, invoice: Invoice | PreviewInvoice) -> dict[str, Any]:
    """For templates/admin/billing/_invoice_body.html. Lines stand in pages: a partner's invoice may have thousands."""
    content = invoice.content
    page = Paginator(invoice.lines.select_related("contract").order_by("position"), LINES_PER_PAGE).get_page(
        request.GET.get("p")
    )
    nets = list(invoice.lines.order_by("position").values_list("tax_rate", "net"))
    month = Month.parse(content["month"])
    return {
        "invoice": invoice,
        "content": content,
        "month": month,
        "lines_page": page,
        "lines": [
            {
                "row": line,
                "kind": LineKind.label_of(line.kind),
                "contract": _name(content["contracts"], line.contract_id),
                "is_addition": Month.of(line.usage_month) != month,
                "has_test": any("for_test" in part for part in line.details),
                "starts": place == 0 or page.object_list[place - 1].contract_id != line.contract_id,
            }
            for place, line in enumerate(page.object_list)
        ],
        "taxes": explaining.explain_taxes(content, nets),
        "method": PaymentMethod.label_of(content["payment"]["method"]),
        "rounding": Rounding.label_of(content["rounding"]),
    }


def line_context(line: AnyLine) -> dict[str, Any]:
    """For templates/admin/billing/line.html."""
    explained = explaining.explain_line(line)
    return {
        "explained": explained,
        "line": line,
        "contract": _name(line.invoice.content["contracts"], line.contract_id),
        "title": explained.kind,
    }


def _name(contracts: Mapping[str, Any], contract_id: int) -> Mapping[str, str]:
    found: Mapping[str, str] = contracts[str(contract_id)]
    return found
