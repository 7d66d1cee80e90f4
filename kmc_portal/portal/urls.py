"""Every page of the portal. tests/kmc_portal/portal/test_isolation.py opens each as everybody."""

from django.urls import path

from kmc_portal.portal.views import (
    applications,
    carriers,
    confirmation,
    contracts,
    documents,
    downloads,
    functions,
    home,
    invoices,
    submissions,
    users,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("me/", home.me, name="me"),
    path("applications/", applications.index, name="applications"),
    path("applications/new/", applications.new, name="application_new"),
    path("applications/<int:pk>/", applications.show, name="application"),
    path("applications/<int:pk>/choice/", applications.choice, name="application_choice"),
    path("applications/<int:pk>/withdraw/", applications.withdraw, name="withdraw"),
    path("applications/<int:pk>/forms/<slug:code>/", documents.prefilled_form, name="prefilled_form"),
    path("applications/<int:pk>/files/", documents.attach, name="attach"),
    path("applications/<int:pk>/files/<int:attachment_pk>/", documents.attachment, name="attachment"),
    path("applications/<int:pk>/files/<int:attachment_pk>/detach/", documents.detach, name="detach"),
    path("applications/<int:pk>/submit/", submissions.submit, name="submit"),
    path("applications/<int:pk>/versions/<int:number>/", submissions.version, name="version"),
    path(
        "applications/<int:pk>/versions/<int:number>/files/<int:file_pk>/",
        submissions.submitted_file,
        name="submitted_file",
    ),
    path(
        "applications/<int:pk>/versions/<int:number>/files/<int:file_pk>/marked/",
        submissions.marked_file,
        name="marked_file",
    ),
    path("applications/<int:pk>/confirmation/", confirmation.show, name="confirmation"),
    path("applications/<int:pk>/confirmation/confirm/", confirmation.confirm, name="confirm"),
    path("applications/<int:pk>/confirmation/object/", confirmation.object_, name="object"),
    path("applications/<int:pk>/carriers/<int:review_pk>/reply/", carriers.reply, name="carrier_reply"),
    path("applications/<int:pk>/carriers/files/<int:message_pk>/", carriers.file, name="carrier_file"),
    path("applications/<int:pk>/functions/<int:endpoint_pk>/", functions.say_ready, name="function_ready"),
    path("contracts/", contracts.index, name="contracts"),
    path("contracts/<int:pk>/", contracts.show, name="contract"),
    path("contracts/<int:pk>/release/", contracts.start_release, name="start_release"),
    path("notices/<int:pk>/", downloads.notice, name="notice"),
    path("invoices/", invoices.index, name="invoices"),
    path("invoices/<int:pk>/", invoices.pdf, name="invoice"),
    path("downloads/", downloads.index, name="downloads"),
    path("downloads/materials/<int:pk>/", downloads.material, name="material"),
    path("downloads/forms/<slug:code>/", downloads.blank_form, name="blank_form"),
    path("users/", users.index, name="users"),
    path("users/invite/", users.invite, name="user_invite"),
    path("users/<int:pk>/role/", users.set_role, name="user_role"),
    path("users/<int:pk>/active/", users.set_active, name="user_active"),
    path("users/<int:pk>/invitation/", users.resend_invitation, name="user_invitation"),
]
