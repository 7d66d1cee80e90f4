"""People who log in: staff, and customers' users."""

from typing import Any

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from accounts.rules.roles import CustomerRole, StaffGroup


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **fields, is_staff=True, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """Logs in by e-mail. Staff belong to groups; everybody else to exactly one customer."""

    email = models.EmailField("メールアドレス", max_length=254, unique=True)
    name = models.CharField("氏名", max_length=80)
    is_staff = models.BooleanField("社内ユーザー", default=False)
    is_active = models.BooleanField(
        "有効", default=True, help_text="外すとログインできなくなります（記録は残ります）。"
    )
    customer = models.ForeignKey(
        "accounts.Customer",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="ご利用企業",
    )
    customer_role = models.CharField(
        "企業内の役割", max_length=20, blank=True, choices=CustomerRole.choices()
    )
    invited_at = models.DateTimeField("招待日時", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("登録日時", auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "ユーザー"
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="このメールアドレスは登録済みです。",
            ),
            models.CheckConstraint(
                name="user_is_staff_or_of_a_customer",
                condition=models.Q(is_staff=True, customer=None, customer_role="")
                | (models.Q(is_staff=False, customer__isnull=False) & ~models.Q(customer_role="")),
                violation_error_message="社内ユーザーか、ご利用企業のユーザー（役割つき）のどちらかにしてください。",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def staff_groups(self) -> frozenset[StaffGroup]:
        """Read once per instance; a request's user is a fresh instance."""
        if not hasattr(self, "_staff_groups"):
            names = set(self.groups.values_list("name", flat=True)) if self.is_staff else set()
            self._staff_groups = frozenset(group for group in StaffGroup if group.value in names)
        return self._staff_groups

    @property
    def is_company_administrator(self) -> bool:
        return self.customer_id is not None and self.customer_role == CustomerRole.ADMINISTRATOR


@pghistory.track()
class UserGroup(User.groups.through):  # type: ignore[name-defined,misc]
    """Tracked so that changes of groups leave a trace."""

    class Meta:
        proxy = True
