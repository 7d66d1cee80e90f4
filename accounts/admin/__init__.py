"""The staff's way in to customers, contracts, mails, materials, settings and logins. Pages by noun."""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin.contracts import ContractAdmin
from accounts.admin.customers import CustomerAdmin, SalesPartnerAdmin
from accounts.admin.materials import MaterialEditionAdmin
from accounts.admin.outbox import MailProblemAdmin, OutgoingMailAdmin
from accounts.admin.settings import CompanyClosingDayAdmin, SettingAdmin
from accounts.admin.staff import DownloadAdmin, StaffUserAdmin

# Groups are made from accounts/rules/roles.py, addresses from our users: nobody edits them by hand.
for model in (Group, EmailAddress):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

__all__ = [
    "CompanyClosingDayAdmin",
    "ContractAdmin",
    "CustomerAdmin",
    "DownloadAdmin",
    "MailProblemAdmin",
    "MaterialEditionAdmin",
    "OutgoingMailAdmin",
    "SalesPartnerAdmin",
    "SettingAdmin",
    "StaffUserAdmin",
]
