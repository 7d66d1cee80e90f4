"""A resubmission: what the version before was returned for, beside what stands there now."""

from collections.abc import Mapping
from dataclasses import dataclass

from applications.admin.case_values import Line, Paper
from applications.models import Finding, Submission


@dataclass(frozen=True)
class Asked:
    """One finding of the version before. `line` is its cell as it was sent now; None where none was named."""

    finding: Finding
    line: Line | None
    changed: bool  # the cell, or for a finding on a whole sheet anything on the document


def asked_before(before: Submission | None, papers: Mapping[str, Paper]) -> list[Asked]:
    """Findings the customer was told of with `before`; `papers` are those of the version after it."""
    if before is None:
        return []
    sent = [row for row in before.findings.all() if row.sent_at is not None]
    return [_asked(finding, papers.get(finding.document)) for finding in sent]


def _asked(finding: Finding, paper: Paper | None) -> Asked:
    lines = [line for block in paper.blocks for line in block.lines] if paper else []
    found = next((row for row in lines if finding.cell and row.place == finding.place), None)
    if found is not None:
        return Asked(finding, found, found.before is not None)
    return Asked(finding, None, bool(paper and paper.changed))
