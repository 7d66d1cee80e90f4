"""Who may do what in the admin's billing pages: everybody of the staff reads, 請求 writes. Words as in admin_table.py."""

PRICES = """
#                                                                             受       承       請       運       閲       root
GET  admin:app_list app_label=billing                                         ok       ok       ok       ok       ok       ok
GET  admin:billing_pricelist_changelist                                       ok       ok       ok       ok       ok       ok
GET  admin:billing_pricelist_add                                              403      403      ok       403      403      ok
POST admin:billing_pricelist_add                                              403      403      ok       403      403      ok
POST admin:billing_pricelist_add !unchecked                                   403      403      shown    403      403      shown
GET  admin:billing_pricelist_change object_id=price_list                      ok       ok       ok       ok       ok       ok
POST admin:billing_pricelist_change object_id=price_list                      shown    shown    shown    shown    shown    shown
GET  admin:billing_pricelist_own_compare pk=price_list                        ok       ok       ok       ok       ok       ok
GET  admin:billing_pricelist_own_csv pk=price_list                            ok       ok       ok       ok       ok       ok
POST admin:billing_pricelist_list_do deed=no_such_deed                        404      404      404      404      404      404
GET  admin:billing_pricelist_do pk=price_list deed=withdraw                   403      403      ok       403      403      ok
POST admin:billing_pricelist_do pk=price_list deed=withdraw                   403      403      ok       403      403      ok
GET  admin:billing_pricelist_do pk=own_price_list deed=end                    403      403      ok       403      403      ok
POST admin:billing_pricelist_do pk=own_price_list deed=end                    403      403      ok       403      403      ok
POST admin:billing_pricelist_do pk=price_list deed=end                        403      403      refused  403      403      refused

GET  admin:billing_billingaccount_changelist                                  ok       ok       ok       ok       ok       ok
GET  admin:billing_billingaccount_add                                         403      403      ok       403      403      ok
POST admin:billing_billingaccount_add                                         403      403      ok       403      403      ok
GET  admin:billing_billingaccount_change object_id=billing_account            ok       ok       ok       ok       ok       ok
POST admin:billing_billingaccount_change object_id=billing_account            shown    shown    shown    shown    shown    shown
POST admin:billing_billingaccount_list_do deed=no_such_deed                   404      404      404      404      404      404
GET  admin:billing_billingaccount_do pk=billing_account deed=profile          403      403      ok       403      403      ok
POST admin:billing_billingaccount_do pk=billing_account deed=profile          403      403      ok       403      403      ok
GET  admin:billing_billingaccount_do pk=billing_account deed=assign           403      403      ok       403      403      ok
POST admin:billing_billingaccount_do pk=billing_account deed=assign           403      403      ok       403      403      ok

GET  admin:billing_oneoffcharge_changelist                                    ok       ok       ok       ok       ok       ok
GET  admin:billing_oneoffcharge_add                                           403      403      ok       403      403      ok
POST admin:billing_oneoffcharge_add                                           403      403      ok       403      403      ok
GET  admin:billing_oneoffcharge_change object_id=charge                       ok       ok       ok       ok       ok       ok
POST admin:billing_oneoffcharge_change object_id=charge                       shown    shown    shown    shown    shown    shown
POST admin:billing_oneoffcharge_list_do deed=no_such_deed                     404      404      404      404      404      404
POST admin:billing_oneoffcharge_do pk=charge deed=no_such_deed                404      404      404      404      404      404
"""
