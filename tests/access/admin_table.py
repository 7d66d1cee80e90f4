"""Who may do what in the admin. Only staff come in: everybody else is sent to the login page by every line here.

The words are those of portal_table.py, and besides: shown = a POST that does nothing but show a page.
Each deed (a button of the admin) has lines of its own; `!name` tells apart what is posted to one URL.
"""

SITE = """
#                                                                             受       承       請       運       閲       root
# the site itself
GET  admin:index                                                              ok       ok       ok       ok       ok       ok
GET  admin:password_change                                                    ok       ok       ok       ok       ok       ok
GET  admin:password_change_done                                               ok       ok       ok       ok       ok       ok
GET  admin:search                                                             ok       ok       ok       ok       ok       ok
GET  admin:find                                                               ok       ok       ok       ok       ok       ok
GET  admin:plans                                                              ok       ok       ok       ok       ok       ok
GET  admin:jobs                                                               ok       ok       ok       ok       ok       ok
GET  admin:jsi18n                                                             ok       ok       ok       ok       ok       ok
GET  admin:app_list app_label=accounts                                        ok       ok       ok       ok       ok       ok
GET  admin/(?P<url>.*)                                                        404      404      404      404      404      404
"""

APPLICATIONS = """
#                                                                             受       承       請       運       閲       root
# applications: everybody reads, the workflow table says who acts
GET  admin:applications_application_changelist                                ok       ok       ok       ok       ok       ok
POST admin:applications_application_changelist !assign_to_me                  ok       ok       refused  ok       refused  ok
POST admin:applications_application_changelist !put_back                      ok       ok       refused  ok       refused  ok
POST admin:applications_application_changelist !export_selected               shown    shown    shown    shown    shown    shown
GET  admin:applications_application_own_export                                ok       ok       ok       ok       ok       ok
GET  admin:applications_application_add                                       ok       403      403      403      403      ok
POST admin:applications_application_add                                       ok       403      403      403      403      ok
GET  admin:applications_application_change object_id=in_review                ok       ok       ok       ok       ok       ok
POST admin:applications_application_change object_id=in_review                shown    shown    shown    shown    shown    shown
GET  admin:applications_application_own_changes pk=in_review                  ok       ok       ok       ok       ok       ok
GET  admin:applications_application_own_file pk=returned file_pk=sent_file    ok       ok       ok       ok       ok       ok
GET  admin:applications_application_own_file pk=in_review file_pk=sent_file   404      404      404      404      404      404
GET  admin:applications_application_own_marked pk=returned file_pk=sent       ok       ok       ok       ok       ok       ok
GET  admin:applications_application_own_marked pk=in_review file_pk=sent      404      404      404      404      404      404
GET  admin:applications_application_own_notice pk=ready                       ok       ok       ok       ok       ok       ok
GET  admin:applications_application_own_notice pk=submitted                   404      404      404      404      404      404
GET  admin:applications_application_own_issued pk=active notice_pk=notice     ok       ok       ok       ok       ok       ok
GET  admin:applications_application_own_issued pk=ready notice_pk=notice      404      404      404      404      404      404
GET  admin:applications_application_list_do deed=start_release                ok       403      403      403      403      ok
POST admin:applications_application_list_do deed=start_release                ok       403      403      403      403      ok
POST admin:applications_application_list_do deed=no_such_deed                 404      404      404      404      404      404
POST admin:applications_application_do pk=in_review deed=no_such_deed         404      404      404      404      404      404

GET  admin:applications_application_do pk=draft deed=submit                   ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=draft deed=submit                   ok       refused  403      refused  403      ok
GET  admin:applications_application_do pk=submitted deed=take                 refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=submitted deed=take                 ok       403      403      403      403      ok
GET  admin:applications_application_do pk=in_review deed=return               ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=in_review deed=return               ok       refused  403      refused  403      ok
GET  admin:applications_application_do pk=reviewed deed=accept                ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=reviewed deed=accept                ok       refused  403      refused  403      ok
GET  admin:applications_application_do pk=accepted deed=request_confirmation  ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=accepted deed=request_confirmation  ok       refused  403      refused  403      ok
GET  admin:applications_application_do pk=confirming deed=confirm             ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=confirming deed=confirm             ok       403      403      403      403      ok
GET  admin:applications_application_do pk=confirming deed=object              ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=confirming deed=object              ok       403      403      403      403      ok
GET  admin:applications_application_do pk=approved deed=finish_carriers       refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=approved deed=finish_carriers       403      403      403      ok       403      ok
GET  admin:applications_application_do pk=ready deed=prepare_notice           refused  refused  refused  ok       refused  ok
POST admin:applications_application_do pk=ready deed=prepare_notice           refused  refused  403      ok       403      ok
GET  admin:applications_application_do pk=notice_waits deed=send_back_notice  refused  ok       refused  ok       refused  ok
POST admin:applications_application_do pk=notice_waits deed=send_back_notice  403      ok       403      ok       403      ok
GET  admin:applications_application_do pk=notice_waits deed=issue_notice      refused  ok       refused  refused  refused  ok
POST admin:applications_application_do pk=notice_waits deed=issue_notice      refused  ok       403      refused  403      ok
GET  admin:applications_application_do pk=release_accepted deed=show_in_store refused  refused  refused  ok       refused  ok
POST admin:applications_application_do pk=release_accepted deed=show_in_store refused  refused  403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=hold                 ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=in_review deed=hold                 ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=on_hold deed=resume                 refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=on_hold deed=resume                 ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=withdraw             ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=in_review deed=withdraw             ok       403      403      403      403      ok
GET  admin:applications_application_do pk=in_review deed=reject               ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=in_review deed=reject               ok       refused  403      refused  403      ok

GET  admin:applications_application_do pk=in_review deed=assign_to_me         refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=in_review deed=assign_to_me         ok       ok       403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=put_back             refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=in_review deed=put_back             ok       ok       403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=hand_on              ok       ok       refused  ok       refused  ok
POST admin:applications_application_do pk=in_review deed=hand_on              ok       ok       403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=memo                 ok       ok       refused  ok       refused  ok
POST admin:applications_application_do pk=in_review deed=memo                 ok       ok       403      ok       403      ok
GET  admin:applications_application_do pk=in_review deed=accept_document      refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=in_review deed=accept_document      ok       403      403      403      403      ok
GET  admin:applications_application_do pk=reviewed deed=unaccept_document     refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=reviewed deed=unaccept_document     ok       403      403      403      403      ok
GET  admin:applications_application_do pk=in_review deed=accept_all           refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=in_review deed=accept_all           ok       403      403      403      403      ok
GET  admin:applications_application_do pk=in_review deed=add_finding          ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=in_review deed=add_finding          ok       403      403      403      403      ok
GET  admin:applications_application_do pk=in_review deed=remove_finding       refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=in_review deed=remove_finding       ok       403      403      403      403      ok
GET  admin:applications_application_do pk=answered deed=carrier_apply         refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=answered deed=carrier_apply         403      403      403      ok       403      ok
GET  admin:applications_application_do pk=partly deed=carrier_approve         refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=partly deed=carrier_approve         403      403      403      ok       403      ok
GET  admin:applications_application_do pk=partly deed=carrier_remark          refused  refused  refused  ok       refused  ok
POST admin:applications_application_do pk=partly deed=carrier_remark          refused  refused  403      ok       403      ok
GET  admin:applications_application_do pk=remarked deed=carrier_reply         ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=remarked deed=carrier_reply         ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_ok         ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=confirming deed=function_ok         ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_ng         ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=confirming deed=function_ng         ok       refused  403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_ready      refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=confirming deed=function_ready      ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_check      refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=confirming deed=function_check      ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_url        ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=confirming deed=function_url        ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=confirming deed=function_later      ok       refused  refused  ok       refused  ok
POST admin:applications_application_do pk=confirming deed=function_later      ok       403      403      ok       403      ok
GET  admin:applications_application_do pk=setup deed=set_identifiers          refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=setup deed=set_identifiers          403      403      403      ok       403      ok
GET  admin:applications_application_do pk=ready deed=set_senders              refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=ready deed=set_senders              403      403      403      ok       403      ok
GET  admin:applications_application_do pk=draft deed=choose                   ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=draft deed=choose                   ok       403      403      403      403      ok
GET  admin:applications_application_do pk=draft deed=attach                   ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=draft deed=attach                   ok       403      403      403      403      ok
GET  admin:applications_application_do pk=draft deed=detach                   refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=draft deed=detach                   ok       403      403      403      403      ok

GET  admin:applications_application_list_do deed=start_change                 ok       403      403      403      403      ok
POST admin:applications_application_list_do deed=start_change                 ok       403      403      403      403      ok
GET  admin:applications_application_list_do deed=start_cancellation           ok       403      403      403      403      ok
POST admin:applications_application_list_do deed=start_cancellation           ok       403      403      403      403      ok
GET  admin:applications_application_do pk=change_draft deed=choose_items      ok       refused  refused  refused  refused  ok
POST admin:applications_application_do pk=change_draft deed=choose_items      ok       403      403      403      403      ok
GET  admin:applications_application_do pk=change_with_numbers deed=assign_numbers refused  refused  refused  refused  refused  refused
POST admin:applications_application_do pk=change_with_numbers deed=assign_numbers 403      403      403      ok       403      ok
GET  admin:applications_application_do pk=change_in_setup deed=complete_change refused  refused  refused  ok       refused  ok
POST admin:applications_application_do pk=change_in_setup deed=complete_change refused  refused  403      ok       403      ok
GET  admin:applications_application_do pk=change_to_prepare deed=prepare_change refused  refused  refused  ok       refused  ok
POST admin:applications_application_do pk=change_to_prepare deed=prepare_change refused  refused  403      ok       403      ok
GET  admin:applications_application_do pk=change_waits deed=send_back_change  refused  ok       refused  ok       refused  ok
POST admin:applications_application_do pk=change_waits deed=send_back_change  403      ok       403      ok       403      ok
GET  admin:applications_application_do pk=change_waits deed=approve_change    refused  ok       refused  refused  refused  ok
POST admin:applications_application_do pk=change_waits deed=approve_change    refused  ok       403      refused  403      ok
GET  admin:applications_application_do pk=cancellation_waits deed=set_last_month ok       ok       refused  refused  refused  ok
POST admin:applications_application_do pk=cancellation_waits deed=set_last_month ok       ok       403      403      403      ok
GET  admin:applications_application_do pk=cancellation_waits deed=reopen_cancellation ok       ok       refused  refused  refused  ok
POST admin:applications_application_do pk=cancellation_waits deed=reopen_cancellation ok       ok       403      403      403      ok
GET  admin:applications_application_do pk=cancellation_waits deed=fix_cancellation refused  ok       refused  refused  refused  ok
POST admin:applications_application_do pk=cancellation_waits deed=fix_cancellation refused  ok       403      refused  403      ok
"""

ACCOUNTS = """
#                                                                             受       承       請       運       閲       root
GET  admin:accounts_customer_changelist                                       ok       ok       ok       ok       ok       ok
GET  admin:accounts_customer_add                                              ok       403      403      403      403      ok
POST admin:accounts_customer_add                                              ok       403      403      403      403      ok
GET  admin:accounts_customer_change object_id=company                         ok       ok       ok       ok       ok       ok
POST admin:accounts_customer_change object_id=company                         shown    shown    shown    shown    shown    shown
GET  admin:accounts_customer_own_file pk=company file_pk=company_file         ok       ok       ok       ok       ok       ok
GET  admin:accounts_customer_own_file pk=other_company file_pk=company_file   404      404      404      404      404      404
POST admin:accounts_customer_list_do deed=no_such_deed                        404      404      404      404      404      404
GET  admin:accounts_customer_do pk=company deed=profile                       ok       403      403      403      403      ok
POST admin:accounts_customer_do pk=company deed=profile                       ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=terms                         ok       403      403      403      403      ok
POST admin:accounts_customer_do pk=company deed=terms                         ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=invite                        ok       403      403      403      403      ok
POST admin:accounts_customer_do pk=company deed=invite                        ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=invite_again                  ok       403      403      403      403      ok
POST admin:accounts_customer_do pk=company deed=invite_again                  ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=stop                          refused  refused  refused  refused  refused  refused
POST admin:accounts_customer_do pk=company deed=stop                          ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=reopen                        refused  refused  refused  refused  refused  refused
POST admin:accounts_customer_do pk=company deed=reopen                        ok       403      403      403      403      ok
GET  admin:accounts_customer_do pk=company deed=role                          refused  refused  refused  refused  refused  refused
POST admin:accounts_customer_do pk=company deed=role                          ok       403      403      403      403      ok

GET  admin:accounts_salespartner_changelist                                   ok       ok       ok       ok       ok       ok
GET  admin:accounts_salespartner_add                                          ok       403      403      403      403      ok
POST admin:accounts_salespartner_add                                          ok       403      403      403      403      ok
GET  admin:accounts_salespartner_change object_id=partner                     ok       ok       ok       ok       ok       ok
POST admin:accounts_salespartner_change object_id=partner                     shown    shown    shown    shown    shown    shown
POST admin:accounts_salespartner_list_do deed=no_such_deed                    404      404      404      404      404      404
GET  admin:accounts_salespartner_do pk=partner deed=edit                      ok       403      403      403      403      ok
POST admin:accounts_salespartner_do pk=partner deed=edit                      ok       403      403      403      403      ok

GET  admin:accounts_contract_changelist                                       ok       ok       ok       ok       ok       ok
GET  admin:accounts_contract_add                                              403      403      403      403      403      403
POST admin:accounts_contract_add                                              403      403      403      403      403      403
GET  admin:accounts_contract_change object_id=contract                        ok       ok       ok       ok       ok       ok
POST admin:accounts_contract_change object_id=contract                        shown    shown    shown    shown    shown    shown
GET  admin:accounts_contract_own_notice pk=contract                           ok       ok       ok       ok       ok       ok
GET  admin:accounts_contract_own_issued pk=contract notice_pk=notice          ok       ok       ok       ok       ok       ok
GET  admin:accounts_contract_own_issued pk=reissue_contract notice_pk=notice           404      404      404      404      404      404
POST admin:accounts_contract_list_do deed=no_such_deed                        404      404      404      404      404      404
GET  admin:accounts_contract_do pk=contract deed=request_notice               ok       ok       403      ok       403      ok
POST admin:accounts_contract_do pk=contract deed=request_notice               ok       ok       403      ok       403      ok
GET  admin:accounts_contract_do pk=reissue_contract deed=approve_notice                refused  ok       refused  refused  refused  ok
POST admin:accounts_contract_do pk=reissue_contract deed=approve_notice                refused  ok       403      refused  403      ok
GET  admin:accounts_contract_do pk=reissue_contract deed=send_back_notice              ok       ok       403      ok       403      ok
POST admin:accounts_contract_do pk=reissue_contract deed=send_back_notice              ok       ok       403      ok       403      ok
GET  admin:accounts_contract_do pk=contract deed=add_test_account             ok       ok       403      ok       403      ok
POST admin:accounts_contract_do pk=contract deed=add_test_account             ok       ok       403      ok       403      ok
POST admin:accounts_contract_do pk=test_contract deed=add_test_account        refused  refused  403      refused  403      refused
GET  admin:accounts_contract_do pk=test_contract deed=set_test_identifiers    refused  refused  refused  ok       refused  ok
POST admin:accounts_contract_do pk=test_contract deed=set_test_identifiers    403      403      403      ok       403      ok
GET  admin:accounts_contract_do pk=test_contract deed=end_test_account        ok       ok       403      ok       403      ok
POST admin:accounts_contract_do pk=test_contract deed=end_test_account        ok       ok       403      ok       403      ok

GET  admin:accounts_contract_do pk=contract_with_function deed=check_function refused  refused  refused  refused  refused  refused
POST admin:accounts_contract_do pk=contract_with_function deed=check_function ok       403      403      ok       403      ok

GET  admin:accounts_notificationendpoint_changelist                           ok       ok       ok       ok       ok       ok
GET  admin:accounts_notificationendpoint_add                                  403      403      403      403      403      403
POST admin:accounts_notificationendpoint_add                                  403      403      403      403      403      403
GET  admin:accounts_notificationendpoint_change object_id=endpoint            ok       ok       ok       ok       ok       ok
POST admin:accounts_notificationendpoint_change object_id=endpoint            shown    shown    shown    shown    shown    shown
POST admin:accounts_notificationendpoint_list_do deed=no_such_deed            404      404      404      404      404      404
GET  admin:accounts_notificationendpoint_do pk=endpoint deed=check            refused  refused  refused  refused  refused  refused
POST admin:accounts_notificationendpoint_do pk=endpoint deed=check            ok       403      403      ok       403      ok
GET  admin:accounts_notificationendpoint_do pk=endpoint deed=mark_ok          ok       403      403      ok       403      ok
POST admin:accounts_notificationendpoint_do pk=endpoint deed=mark_ok          ok       403      403      ok       403      ok
GET  admin:accounts_notificationendpoint_do pk=endpoint deed=mark_ng          ok       403      403      ok       403      ok
POST admin:accounts_notificationendpoint_do pk=endpoint deed=mark_ng          ok       403      403      ok       403      ok
GET  admin:accounts_notificationendpoint_do pk=endpoint deed=correct_url      ok       403      403      ok       403      ok
POST admin:accounts_notificationendpoint_do pk=endpoint deed=correct_url      ok       403      403      ok       403      ok

GET  admin:accounts_outgoingmail_changelist                                   ok       ok       ok       ok       ok       ok
GET  admin:accounts_outgoingmail_add                                          403      403      403      403      403      403
POST admin:accounts_outgoingmail_add                                          403      403      403      403      403      403
GET  admin:accounts_outgoingmail_change object_id=sent_mail                   ok       ok       ok       ok       ok       ok
POST admin:accounts_outgoingmail_change object_id=sent_mail                   shown    shown    shown    shown    shown    shown
GET  admin:accounts_outgoingmail_list_do deed=bounces                         ok       403      403      ok       403      ok
POST admin:accounts_outgoingmail_list_do deed=bounces                         ok       403      403      ok       403      ok
GET  admin:accounts_outgoingmail_do pk=sent_mail deed=resend                  ok       403      403      ok       403      ok
POST admin:accounts_outgoingmail_do pk=sent_mail deed=resend                  ok       403      403      ok       403      ok
GET  admin:accounts_outgoingmail_do pk=queued_mail deed=cancel                refused  refused  refused  refused  refused  refused
POST admin:accounts_outgoingmail_do pk=queued_mail deed=cancel                ok       403      403      ok       403      ok

GET  admin:accounts_mailproblem_changelist                                    ok       ok       ok       ok       ok       ok
GET  admin:accounts_mailproblem_add                                           403      403      403      403      403      403
POST admin:accounts_mailproblem_add                                           403      403      403      403      403      403
GET  admin:accounts_mailproblem_change object_id=problem                      ok       ok       ok       ok       ok       ok
POST admin:accounts_mailproblem_change object_id=problem                      shown    shown    shown    shown    shown    shown
POST admin:accounts_mailproblem_list_do deed=no_such_deed                     404      404      404      404      404      404
POST admin:accounts_mailproblem_do pk=problem deed=no_such_deed               404      404      404      404      404      404

GET  admin:accounts_materialedition_changelist                                ok       ok       ok       ok       ok       ok
GET  admin:accounts_materialedition_add                                       403      403      403      ok       403      ok
POST admin:accounts_materialedition_add                                       403      403      403      ok       403      ok
GET  admin:accounts_materialedition_change object_id=edition                  ok       ok       ok       ok       ok       ok
POST admin:accounts_materialedition_change object_id=edition                  shown    shown    shown    shown    shown    shown
GET  admin:accounts_materialedition_own_file pk=edition                       ok       ok       ok       ok       ok       ok
POST admin:accounts_materialedition_list_do deed=no_such_deed                 404      404      404      404      404      404
POST admin:accounts_materialedition_do pk=edition deed=no_such_deed           404      404      404      404      404      404

GET  admin:accounts_setting_changelist                                        ok       ok       ok       ok       ok       ok
GET  admin:accounts_setting_add                                               403      403      403      403      403      403
POST admin:accounts_setting_add                                               403      403      403      403      403      403
GET  admin:accounts_setting_change object_id=setting                          ok       ok       ok       ok       ok       ok
POST admin:accounts_setting_change object_id=setting                          shown    shown    shown    shown    shown    shown
POST admin:accounts_setting_list_do deed=no_such_deed                         404      404      404      404      404      404
GET  admin:accounts_setting_do pk=setting deed=change                         403      ok       403      ok       403      ok
POST admin:accounts_setting_do pk=setting deed=change                         403      ok       403      ok       403      ok
GET  admin:accounts_setting_do pk=password_setting deed=change_and_tell       403      ok       403      ok       403      ok
POST admin:accounts_setting_do pk=password_setting deed=change_and_tell       403      ok       403      ok       403      ok

GET  admin:accounts_companyclosingday_changelist                              ok       ok       ok       ok       ok       ok
GET  admin:accounts_companyclosingday_add                                     403      ok       403      ok       403      ok
POST admin:accounts_companyclosingday_add                                     403      ok       403      ok       403      ok
GET  admin:accounts_companyclosingday_change object_id=closing_day            ok       ok       ok       ok       ok       ok
POST admin:accounts_companyclosingday_change object_id=closing_day            shown    shown    shown    shown    shown    shown
POST admin:accounts_companyclosingday_list_do deed=no_such_deed               404      404      404      404      404      404
GET  admin:accounts_companyclosingday_do pk=closing_day deed=remove           403      ok       403      ok       403      ok
POST admin:accounts_companyclosingday_do pk=closing_day deed=remove           403      ok       403      ok       403      ok

GET  admin:accounts_download_changelist                                       ok       ok       ok       ok       ok       ok
GET  admin:accounts_download_add                                              403      403      403      403      403      403
POST admin:accounts_download_add                                              403      403      403      403      403      403
GET  admin:accounts_download_change object_id=download                        ok       ok       ok       ok       ok       ok
POST admin:accounts_download_change object_id=download                        shown    shown    shown    shown    shown    shown
POST admin:accounts_download_list_do deed=no_such_deed                        404      404      404      404      404      404
POST admin:accounts_download_do pk=download deed=no_such_deed                 404      404      404      404      404      404

GET  admin:accounts_user_changelist                                           403      403      403      403      403      ok
GET  admin:accounts_user_add                                                  403      403      403      403      403      ok
POST admin:accounts_user_add                                                  403      403      403      403      403      ok
GET  admin:accounts_user_change object_id=colleague_of_ours                   403      403      403      403      403      ok
POST admin:accounts_user_change object_id=colleague_of_ours                   403      403      403      403      403      shown
POST admin:accounts_user_list_do deed=no_such_deed                            404      404      404      404      404      404
GET  admin:accounts_user_do pk=colleague_of_ours deed=groups                  403      403      403      403      403      ok
POST admin:accounts_user_do pk=colleague_of_ours deed=groups                  403      403      403      403      403      ok
GET  admin:accounts_user_do pk=invited_of_ours deed=invite_again              403      403      403      403      403      ok
POST admin:accounts_user_do pk=invited_of_ours deed=invite_again              403      403      403      403      403      ok
GET  admin:accounts_user_do pk=colleague_of_ours deed=stop                    403      403      403      403      403      refused
POST admin:accounts_user_do pk=colleague_of_ours deed=stop                    403      403      403      403      403      ok
GET  admin:accounts_user_do pk=colleague_of_ours deed=reopen                  403      403      403      403      403      refused
POST admin:accounts_user_do pk=colleague_of_ours deed=reopen                  403      403      403      403      403      ok
"""
