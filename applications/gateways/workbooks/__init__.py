"""Our forms as workbooks: written, read back, marked. Plain values in and out."""

from applications.gateways.workbooks.marking import mark_form
from applications.gateways.workbooks.opening import UnreadableWorkbook
from applications.gateways.workbooks.reading import Reading, read_form
from applications.gateways.workbooks.writing import write_form

__all__ = ["Reading", "UnreadableWorkbook", "mark_form", "read_form", "write_form"]
