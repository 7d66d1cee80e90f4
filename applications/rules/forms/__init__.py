"""The forms customers fill in, described once (§1.6)."""

from applications.rules.forms.catalogue import FORMS, form_for_plan, locate
from applications.rules.forms.description import Field, Form, Sheet
from applications.rules.forms.faults import Fault
from applications.rules.forms.validation import validate

__all__ = ["FORMS", "Fault", "Field", "Form", "Sheet", "form_for_plan", "locate", "validate"]
