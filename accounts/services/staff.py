"""社内ユーザー: invited, put into groups, deactivated; by system administrators only."""

import datetime
from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from accounts.rules.roles import StaffGroup
from accounts.services import customers
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from accounts.services.rights import need_superuser
from kmc_portal.lib.text import clean_name


@transaction.atomic
def invite(
    *,
    email: str,
    name: str,
    groups: Collection[StaffGroup],
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> User:
    """Give somebody of ours a login: the mail carries a link with which they set their own password."""
    need_superuser(actor, "社内ユーザーを招待する")
    if not groups:
        raise Refused("グループを一つ以上選んでください。見るだけの方は「閲覧」です。")
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Refused(f"{email} は登録済みです。別のメールアドレスを指定してください。")
    user = User.objects.create_user(email, name=clean_name(name), is_staff=True, invited_at=now)
    _put_into(user, groups)
    customers.send_invitation(user=user, actor=actor, now=now, edited=edited)
    return user


@transaction.atomic
def set_groups(*, user_id: int, groups: Collection[StaffGroup], actor: User) -> None:
    need_superuser(actor, "社内ユーザーのグループを変更する")
    _put_into(_staff(user_id), groups)


@transaction.atomic
def set_active(*, user_id: int, active: bool, actor: User) -> None:
    """Stop or reopen a login; nobody shuts themselves out, and one system administrator always remains."""
    need_superuser(actor, "社内ユーザーの利用を停止・再開する")
    user = _staff(user_id)
    if user.pk == actor.pk:
        raise Refused("ご自身のログインは停止できません。")
    user.is_active = active
    user.save(update_fields=["is_active"])


def _staff(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id, is_staff=True).first()
    if user is None:
        raise Refused("この社内ユーザーは見つかりません。画面を開き直してください。")
    return user


def _put_into(user: User, groups: Collection[StaffGroup]) -> None:
    wanted = Group.objects.filter(name__in=[group.value for group in groups])
    others = user.groups.exclude(name__in=list(StaffGroup))
    user.groups.set([*wanted, *others])
