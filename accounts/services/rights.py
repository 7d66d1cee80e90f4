"""Who may: staff's rights as accounts/rules/roles.py gives them to groups, asked in services as well as in screens."""

from accounts.models import User
from accounts.services.errors import NotAllowed


def need(actor: User, permission: str, what: str) -> None:
    """`permission` as in roles.py, e.g. `accounts.change_setting`; `what` is Japanese: 「設定値を変更する」."""
    if not (actor.is_active and actor.is_staff and actor.has_perm(permission)):
        raise NotAllowed(f"{what}権限がありません。必要な場合は管理者に相談してください。")


def need_superuser(actor: User, what: str) -> None:
    if not (actor.is_active and actor.is_superuser):
        raise NotAllowed(f"{what}ことができるのは、システム管理者だけです。")
