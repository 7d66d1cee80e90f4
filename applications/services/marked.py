"""A submitted workbook with the cells marked that staff found fault with."""

from accounts.services import files
from accounts.services.errors import Refused
from applications.gateways import workbooks
from applications.models import Finding, SubmittedFile
from applications.rules.documents import DocumentCode
from applications.rules.evaluation import DOCUMENT_SLOT


def findings_in(submitted: SubmittedFile) -> list[Finding]:
    """The findings of this version on documents that this file carries, sent or not."""
    findings = Finding.objects.filter(submission=submitted.submission_id)
    return [row for row in findings if DOCUMENT_SLOT[DocumentCode(row.document)] == submitted.slot]


def marked_workbook(submitted: SubmittedFile) -> bytes:
    """Refused when there is nothing to mark or the file cannot be marked."""
    marks = [(row.sheet, row.cell, row.text) for row in findings_in(submitted)]
    if not marks:
        raise Refused("この書類には不備が登録されていないため、印を付ける箇所がありません。")
    try:
        return workbooks.mark_form(files.read(submitted.file), marks)
    except workbooks.UnreadableWorkbook as fault:
        raise Refused(f"{submitted.file.name}：{fault}") from fault
