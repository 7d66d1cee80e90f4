"""Finding a case: by company name in any spelling, number, telephone number, botId / agentId, or contact."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Replace

from accounts.models import Contact
from applications.models import Submission
from applications.services.form_keys import CONTACT_PREFIX
from kmc_portal.lib.text import normalise_digits, search_key

SHORTEST_PHONE = 4  # digits; fewer would find half the country


def matching(rows: Any, text: str) -> Any:
    """The cases of `rows` that fit the text."""
    text = text.strip()
    if not text:
        return rows
    plain = normalise_digits(text)
    found = (
        Q(number__icontains=plain)
        | Q(contract__number__icontains=plain)
        | Q(customer__number__iexact=plain)
        | Q(customer__search_key__contains=search_key(text))
        | Q(contract__official_accounts__identifier__icontains=plain)
        | Q(contract__sms_senders__number=plain.replace("-", ""))
        | Q(contract__contacts__email__iexact=plain)
    )
    digits = plain.replace("-", "")
    if digits.isdecimal() and len(digits) >= SHORTEST_PHONE:
        found |= _phone(digits)
    # One row a case: a sub-query rather than DISTINCT, so that ordering stays free.
    return rows.filter(pk__in=rows.model.objects.filter(found).values("pk"))


def _phone(digits: str) -> Q:
    """A registered contact's number, or one of the forms that were sent, however hyphenated."""
    registered = Contact.objects.filter(contract=OuterRef("contract")).annotate(
        plain=Replace(F("phone"), Value("-"), Value(""))
    )
    found = Q(Exists(registered.filter(plain__contains=digits)))
    for prefix in CONTACT_PREFIX.values():
        stated = Submission.objects.filter(application=OuterRef("pk")).annotate(
            plain=Replace(
                KeyTextTransform(f"{prefix}.phone", KeyTextTransform("values", "content")),
                Value("-"),
                Value(""),
                output_field=TextField(),
            )
        )
        found |= Q(Exists(stated.filter(plain__contains=digits)))
    return found
