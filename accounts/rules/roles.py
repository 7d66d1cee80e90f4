"""Who may do what: staff groups and the roles of a customer's users."""

from kmc_portal.lib.choices import Labelled


class StaffGroup(Labelled):
    """Staff groups; the value is the name of the Django group."""

    RECEPTION = "受付", "受付"
    APPROVAL = "承認", "承認"
    BILLING = "請求", "請求"
    OPERATIONS = "運用", "運用"
    VIEWING = "閲覧", "閲覧"


class CustomerRole(Labelled):
    ADMINISTRATOR = "administrator", "管理者"
    MEMBER = "member", "メンバー"


# What each group may do in the admin's own lists and forms: (app.model, actions). Viewing is everybody's.
# The steps of an application are not here: who may take them stands in applications/workflow.py.
GROUP_PERMISSIONS: dict[StaffGroup, dict[str, tuple[str, ...]]] = {
    StaffGroup.RECEPTION: {
        "accounts.customer": ("add", "change"),
        "accounts.customerprofile": ("add", "change"),
        "accounts.salespartner": ("add", "change"),
        "accounts.contract": ("change",),
        "accounts.contact": ("add", "change"),
        "accounts.notificationendpoint": ("change",),
        "accounts.user": ("add", "change"),
        "accounts.outgoingmail": ("change",),
        "applications.application": ("add", "change"),
    },
    StaffGroup.APPROVAL: {
        "applications.application": ("change",),
        "accounts.contract": ("change",),
        "accounts.setting": ("change",),
        "accounts.companyclosingday": ("add", "change", "delete"),
        "billing.billingrun": ("change",),
    },
    StaffGroup.BILLING: {
        "billing.pricelist": ("add", "change"),
        "billing.billingaccount": ("add", "change"),
        "billing.oneoffcharge": ("add", "change"),
        "billing.usagefile": ("add", "change"),
        "billing.billingrun": ("add", "change"),
        "billing.invoice": ("add", "change"),
    },
    StaffGroup.OPERATIONS: {
        "accounts.contract": ("change",),
        "accounts.setting": ("change",),
        "accounts.companyclosingday": ("add", "change", "delete"),
        "accounts.materialedition": ("add", "change"),
        "accounts.notificationendpoint": ("change",),
        "accounts.outgoingmail": ("change",),
        "applications.application": ("change",),
    },
    StaffGroup.VIEWING: {},
}
