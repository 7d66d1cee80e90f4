"""Who may open what of the front, the login pages and the portal. One line per URL and method, ten people.

anon      nobody logged in                    ok       a page, or the deed is done
admin     administrator of the case's company refused  allowed to ask, but a business reason stands against it
member    member of the case's company        login    sent to the login page
other     administrator of another company    staff    sent to the admin; portal: sent to the portal; front: to "/"
受承請運閲  staff by group                       403, 404, 405 as they are
root      superuser                           shown    a POST that does nothing but show a page

An argument names an object of tests/access/stage.py; what is posted stands in posted.py.
"""

PORTAL = """
#                                                             anon   admin  member other   受     承     請     運     閲     root
GET  front                                                    login  portal portal portal  staff  staff  staff  staff  staff  staff
POST front                                                    login  portal portal portal  staff  staff  staff  staff  staff  staff
GET  admin:login                                              login  403    403    403     staff  staff  staff  staff  staff  staff
GET  admin:logout                                             staff  staff  staff  staff   405    405    405    405    405    405
GET  healthz                                                  ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST healthz                                                  405    405    405    405     405    405    405    405    405    405
GET  readyz                                                   ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST readyz                                                   405    405    405    405     405    405    405    405    405    405

GET  account_login                                            ok     front  front  front   front  front  front  front  front  front
POST account_login                                            shown     front  front  front   front  front  front  front  front  front
GET  account_logout                                           front  ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_logout                                           front  front  front  front   front  front  front  front  front  front
GET  account_inactive                                         ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_inactive                                         405    405    405    405     405    405    405    405    405    405
GET  account_change_password                                  login  ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_change_password                                  login  ok     ok     ok      ok     ok     ok     ok     ok     ok
GET  account_reset_password                                   ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_reset_password                                   ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
GET  account_reset_password_done                              ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_reset_password_done                              405    405    405    405     405    405    405    405    405    405
GET  account_reset_password_from_key uidb36=1 key=no-good     ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_reset_password_from_key uidb36=1 key=no-good     shown  shown  shown  shown   shown  shown  shown  shown  shown  shown
GET  account_reset_password_from_key_done                     ok     ok     ok     ok      ok     ok     ok     ok     ok     ok
POST account_reset_password_from_key_done                     405    405    405    405     405    405    405    405    405    405

GET  portal:home                                              login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:home                                              login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:me                                                login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:me                                                login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:applications                                      login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:applications                                      login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:application_new                                   login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:application_new                                   login  ok     ok     ok      staff  staff  staff  staff  staff  staff
GET  portal:application pk=returned                           login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:application pk=returned                           login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:application_choice pk=draft                       login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:application_choice pk=draft                       login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:withdraw pk=returned                              login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:withdraw pk=returned                              login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:prefilled_form pk=draft code=application_sms      login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:prefilled_form pk=draft code=application_sms      login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:attach pk=draft                                   login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:attach pk=draft                                   login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:attachment pk=draft attachment_pk=form            login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:attachment pk=draft attachment_pk=form            login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:attachment pk=by_mail attachment_pk=received_mail login  404    404    404     staff  staff  staff  staff  staff  staff
GET  portal:detach pk=draft attachment_pk=form                login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:detach pk=draft attachment_pk=form                login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:submit pk=draft                                   login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:submit pk=draft                                   login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:version pk=returned number=1                      login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:version pk=returned number=1                      login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:submitted_file pk=returned number=1 file_pk=sent  login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:submitted_file pk=returned number=1 file_pk=sent  login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:submitted_file pk=draft number=1 file_pk=sent     login  404    404    404     staff  staff  staff  staff  staff  staff
GET  portal:marked_file pk=returned number=1 file_pk=sent     login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:marked_file pk=returned number=1 file_pk=sent     login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:confirmation pk=confirming                        login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:confirmation pk=confirming                        login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:confirm pk=confirming                             login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:confirm pk=confirming                             login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:object pk=confirming                              login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:object pk=confirming                              login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:carrier_reply pk=remarked review_pk=remark        login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:carrier_reply pk=remarked review_pk=remark        login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:carrier_reply pk=confirming review_pk=remark      login  refused refused 404   staff  staff  staff  staff  staff  staff
GET  portal:carrier_file pk=answered message_pk=answer        login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:carrier_file pk=answered message_pk=answer        login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:carrier_file pk=remarked message_pk=answer        login  404    404    404     staff  staff  staff  staff  staff  staff
GET  portal:function_ready pk=confirming endpoint_pk=endpoint login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:function_ready pk=confirming endpoint_pk=endpoint login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:function_ready pk=remarked endpoint_pk=endpoint   login  refused refused 404   staff  staff  staff  staff  staff  staff
GET  portal:tries pk=trying                                   login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:tries pk=trying                                   login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:tries pk=confirming                               login  409    409    404    staff  staff  staff  staff  staff  staff
GET  portal:endpoint_result pk=endpoint                       login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:endpoint_result pk=endpoint                       login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:endpoint_check pk=endpoint                        login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:endpoint_check pk=endpoint                        login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:endpoint_url pk=endpoint                          login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:endpoint_url pk=endpoint                          login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:contracts                                         login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:contracts                                         login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:contract pk=contract                              login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:contract pk=contract                              login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:start_release pk=contract                         login  405    405    405     staff  staff  staff  staff  staff  staff
POST portal:start_release pk=contract                         login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:change_new pk=contract                            login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:change_new pk=contract                            login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:change_new pk=changing_contract                   login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:change_new pk=changing_contract                   login  refused refused 404   staff  staff  staff  staff  staff  staff
GET  portal:change_items pk=change_draft                      login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:change_items pk=change_draft                      login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:change_items pk=draft                             login  refused refused 404   staff  staff  staff  staff  staff  staff
GET  portal:cancellation_new pk=contract                      login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:cancellation_new pk=contract                      login  ok     ok     404     staff  staff  staff  staff  staff  staff
GET  portal:test_account pk=contract                          login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:test_account pk=contract                          login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:test_account pk=test_contract                     login  refused refused 404   staff  staff  staff  staff  staff  staff
GET  portal:notice pk=notice                                  login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:notice pk=notice                                  login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:invoices                                          login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:invoices                                          login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:invoice pk=sent_invoice                           login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:invoice pk=sent_invoice                           login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:downloads                                         login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:downloads                                         login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:material pk=official_account_guide                login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST portal:material pk=official_account_guide                login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:blank_form code=application_rcs                   login  ok     ok     ok      staff  staff  staff  staff  staff  staff
POST portal:blank_form code=application_rcs                   login  405    405    405     staff  staff  staff  staff  staff  staff
GET  portal:users                                             login  ok     403    ok      staff  staff  staff  staff  staff  staff
POST portal:users                                             login  405    403    405     staff  staff  staff  staff  staff  staff
GET  portal:user_invite                                       login  ok     403    ok      staff  staff  staff  staff  staff  staff
POST portal:user_invite                                       login  ok     403    ok      staff  staff  staff  staff  staff  staff
GET  portal:user_role pk=colleague                            login  405    403    405     staff  staff  staff  staff  staff  staff
POST portal:user_role pk=colleague                            login  ok     403    404     staff  staff  staff  staff  staff  staff
GET  portal:user_active pk=colleague                          login  405    403    405     staff  staff  staff  staff  staff  staff
POST portal:user_active pk=colleague                          login  ok     403    404     staff  staff  staff  staff  staff  staff
GET  portal:user_invitation pk=colleague                      login  405    403    405     staff  staff  staff  staff  staff  staff
POST portal:user_invitation pk=colleague                      login  ok     403    404     staff  staff  staff  staff  staff  staff

GET  demo:sample pk=draft name=good                           login  ok     ok     404     staff  staff  staff  staff  staff  staff
POST demo:sample pk=draft name=good                           405    405    405    405     405    405    405    405    405    405
"""
