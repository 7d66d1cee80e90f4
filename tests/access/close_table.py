"""Who may do what with the month's close, invoices and delivery records in the admin. Words as in admin_table.py."""

CLOSE = """
#                                                                             受       承       請       運       閲       root
GET  admin:billing_billingrun_changelist                                      ok       ok       ok       ok       ok       ok
GET  admin:billing_billingrun_change object_id=run_approved                   ok       ok       ok       ok       ok       ok
POST admin:billing_billingrun_change object_id=run_approved                   shown    shown    shown    shown    shown    shown
GET  admin:billing_billingrun_own_accounts pk=run_approved                    ok       ok       ok       ok       ok       ok
GET  admin:billing_billingrun_own_preview pk=run_approved preview_pk=previewed_invoice  ok  ok   ok       ok       ok       ok
GET  admin:billing_billingrun_own_preview pk=run_final preview_pk=previewed_invoice  404   404   404      404      404      404
GET  admin:billing_billingrun_own_line pk=run_approved preview_pk=previewed_invoice position=1  ok  ok  ok  ok     ok       ok
GET  admin:billing_billingrun_own_line pk=run_approved preview_pk=previewed_invoice position=9  404 404 404 404    404      404
GET  admin:billing_billingrun_own_bundle pk=run_final bundle_pk=bundle        ok       ok       ok       ok       ok       ok
GET  admin:billing_billingrun_own_bundle pk=run_approved bundle_pk=bundle     404      404      404      404      404      404
POST admin:billing_billingrun_list_do deed=no_such_deed                       404      404      404      404      404      404
GET  admin:billing_billingrun_add                                             403      403      ok       403      403      ok
POST admin:billing_billingrun_add                                             403      403      ok       403      403      ok

GET  admin:billing_billingrun_do pk=run_approved deed=finalise                refused  refused  ok       refused  refused  ok
POST admin:billing_billingrun_do pk=run_approved deed=finalise                403      refused  ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_approved deed=take_back               refused  ok       ok       refused  refused  ok
POST admin:billing_billingrun_do pk=run_approved deed=take_back               403      ok       ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_final deed=send                       refused  refused  ok       refused  refused  ok
POST admin:billing_billingrun_do pk=run_final deed=send                       403      refused  ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_final deed=bundle                     refused  refused  refused  refused  refused  refused
POST admin:billing_billingrun_do pk=run_final deed=bundle                     403      403      ok       403      403      ok
POST admin:billing_billingrun_do pk=run_approved deed=bundle                  403      403      refused  403      403      refused
GET  admin:billing_billingrun_do pk=run_final deed=verify                     refused  refused  refused  refused  refused  refused
POST admin:billing_billingrun_do pk=run_final deed=verify                     403      ok       ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_previewed deed=approve                refused  ok       ok       refused  refused  ok
POST admin:billing_billingrun_do pk=run_previewed deed=approve                403      ok       ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_open deed=preview                     refused  refused  refused  refused  refused  refused
POST admin:billing_billingrun_do pk=run_open deed=preview                     403      refused  ok       403      403      ok
GET  admin:billing_billingrun_do pk=run_open deed=approve                     refused  refused  refused  refused  refused  refused
POST admin:billing_billingrun_do pk=run_open deed=approve                     403      refused  refused  403      403      refused

GET  admin:billing_invoice_changelist                                         ok       ok       ok       ok       ok       ok
GET  admin:billing_invoice_own_export                                         ok       ok       ok       ok       ok       ok
GET  admin:billing_invoice_add                                                403      403      403      403      403      403
POST admin:billing_invoice_add                                                403      403      403      403      403      403
GET  admin:billing_invoice_change object_id=sent_invoice                      ok       ok       ok       ok       ok       ok
POST admin:billing_invoice_change object_id=sent_invoice                      shown    shown    shown    shown    shown    shown
GET  admin:billing_invoice_own_line pk=sent_invoice position=1                ok       ok       ok       ok       ok       ok
GET  admin:billing_invoice_own_line pk=sent_invoice position=9                404      404      404      404      404      404
GET  admin:billing_invoice_own_pdf pk=sent_invoice                            ok       ok       ok       ok       ok       ok
GET  admin:billing_invoice_own_verify pk=sent_invoice                         ok       ok       ok       ok       ok       ok
POST admin:billing_invoice_list_do deed=no_such_deed                          404      404      404      404      404      404
GET  admin:billing_invoice_do pk=sent_invoice deed=reissue                    403      403      ok       403      403      ok
POST admin:billing_invoice_do pk=sent_invoice deed=reissue                    403      403      ok       403      403      ok

GET  admin:billing_usagefile_changelist                                       ok       ok       ok       ok       ok       ok
GET  admin:billing_usagefile_own_calendar                                     ok       ok       ok       ok       ok       ok
GET  admin:billing_usagefile_add                                              403      403      403      403      403      403
POST admin:billing_usagefile_add                                              403      403      403      403      403      403
GET  admin:billing_usagefile_change object_id=usage_file                      ok       ok       ok       ok       ok       ok
POST admin:billing_usagefile_change object_id=usage_file                      shown    shown    shown    shown    shown    shown
GET  admin:billing_usagefile_own_refused pk=usage_file                        ok       ok       ok       ok       ok       ok
GET  admin:billing_usagefile_own_evidence pk=usage_file                       403      403      ok       403      403      ok
GET  admin:billing_usagefile_list_do deed=upload                              403      403      ok       403      403      ok
POST admin:billing_usagefile_list_do deed=upload                              403      403      ok       403      403      ok
POST admin:billing_usagefile_do pk=usage_file deed=no_such_deed               404      404      404      404      404      404

GET  admin:job pk=failed_job                                                  ok       ok       ok       ok       ok       ok
GET  admin:job_again pk=failed_job                                            405      405      405      405      405      405
POST admin:job_again pk=failed_job                                            403      403      ok       403      403      ok
GET  admin:segments                                                           ok       ok       ok       ok       ok       ok
POST admin:segments                                                           shown    shown    shown    shown    shown    shown
"""
