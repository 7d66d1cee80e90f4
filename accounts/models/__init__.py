from accounts.models.channels import (
    NotificationEndpoint,
    OfficialAccount,
    OfficialAccountProfile,
    SmsSender,
)
from accounts.models.connectivity import CheckCause, CheckOrder, ConnectivityCheck
from accounts.models.contracts import (
    Contact,
    Contract,
    ContractOption,
    ContractState,
    ContractTerms,
    GlobalIp,
)
from accounts.models.customers import Customer, CustomerProfile, SalesPartner
from accounts.models.files import Download, StoredFile
from accounts.models.jobs import JobRun
from accounts.models.materials import CONSENT_MATERIALS, MaterialCode, MaterialEdition
from accounts.models.notices import AccountNotice, AccountNoticePdf, NoticeRequest
from accounts.models.numbers import Counter
from accounts.models.outbox import MailProblem, MailState, OutgoingMail
from accounts.models.settings import CompanyClosingDay, Setting
from accounts.models.users import User, UserGroup

__all__ = [
    "CONSENT_MATERIALS",
    "AccountNotice",
    "AccountNoticePdf",
    "CheckCause",
    "CheckOrder",
    "CompanyClosingDay",
    "ConnectivityCheck",
    "Contact",
    "Contract",
    "ContractOption",
    "ContractState",
    "ContractTerms",
    "Counter",
    "Customer",
    "CustomerProfile",
    "Download",
    "GlobalIp",
    "JobRun",
    "MailProblem",
    "MailState",
    "MaterialCode",
    "MaterialEdition",
    "NoticeRequest",
    "NotificationEndpoint",
    "OfficialAccount",
    "OfficialAccountProfile",
    "OutgoingMail",
    "SalesPartner",
    "Setting",
    "SmsSender",
    "StoredFile",
    "User",
    "UserGroup",
]
