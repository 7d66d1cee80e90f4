"""A fault of a filled-in form: what is wrong, in which cell, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["blocking", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`message` is Japanese and says what to do; `cell` is "" where a whole sheet or file is meant."""

    code: str
    document_code: str
    sheet: str
    cell: str
    label: str
    message: str
    severity: Severity = "blocking"

    @property
    def place(self) -> str:
        """`アカウントパラメータ申込書!C12`, or the sheet alone."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    @property
    def text(self) -> str:
        """Place, label and message as one line for mails and lists."""
        label = f"「{self.label}」" if self.label else ""
        return f"{self.place}{label} {self.message}".strip()

    def as_dict(self) -> dict[str, str]:
        """Plain strings, fit for JSON."""
        return asdict(self)


class ValueFault(Exception):
    """A single value that a field does not take: `code`, and a Japanese message that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
