"""What a form of changes is handed out with: the registered values twice, to edit and as 現在の登録内容 (§2.1b)."""

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from accounts.rules.plans import Plan
from applications.rules.change_keys import change_key
from applications.rules.changes import ChangeItem, target_plan
from applications.rules.forms import Form
from applications.rules.forms.description import Value


def change_values(
    form: Form,
    *,
    plan: Plan,
    items: Collection[ChangeItem],
    registered: Mapping[str, Any],
    contract_number: str,
    company: str,
    day: datetime.date,
) -> tuple[dict[str, Value], dict[str, Value]]:
    """(values, before) for `write_form`; also for the 解約申込書 (no items, nothing before).

    The chosen items stand at 変更する, the plan is the one after the change. A registered value that does not fit
    the form (more addresses than rows) is left out.
    """
    known = {key: value for key, value in registered.items() if form.takes(key, value)}
    before = {key: value for key, value in known.items() if key in form.keys_with_before}
    values: dict[str, Value] = {
        **known,
        "applied_on": day,
        "contract.number": contract_number,
        "contract.company_name": company,
        "plan": target_plan(plan, items).value,
        **{change_key(item): item in items for item in ChangeItem},
    }
    return {key: value for key, value in values.items() if key in form.fields}, before
