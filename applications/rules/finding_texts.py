"""Ready wordings for findings (不備), to pick and adapt. Own wording; the customer reads them as they stand."""

from dataclasses import dataclass

from applications.rules.documents import DocumentCode


@dataclass(frozen=True)
class FindingText:
    """`documents` empty: fits any document."""

    label: str
    text: str
    documents: frozenset[DocumentCode] = frozenset()


_D = DocumentCode
_NEW = frozenset({_D.APPLICATION_SMS, _D.APPLICATION_PLUS, _D.APPLICATION_RCS})
_APPLICATION = _NEW | {_D.SERVICE_CHANGE}
_PARAMETERS = frozenset({_D.ACCOUNT_PARAMETERS, _D.PARAMETER_CHANGE})
_URLS = _PARAMETERS | {_D.SMS_RESULT_DESTINATION}
_CHANGES = frozenset({_D.SERVICE_CHANGE, _D.PARAMETER_CHANGE})

# fmt: off
FINDING_TEXTS: tuple[FindingText, ...] = (
    FindingText("未記入", "記入がありません。ご記入をお願いします。"),
    FindingText("読み取れない", "記入の内容を読み取れませんでした。書き直しをお願いします。"),
    FindingText("ほかの書類と違う", "ほかの書類に書かれた内容と違っています。どちらが正しいかご確認のうえ、そろえてください。"),
    FindingText("具体的に", "内容をもう少し具体的にご記入ください。"),
    FindingText("登記と違う", "登記の内容と違うようです。登記のとおりにご記入ください。", _APPLICATION),  # §1.6
    FindingText("法人番号の誤り", "法人番号が企業名と一致しません。番号をご確認ください。", _APPLICATION),  # §1.6
    FindingText("担当者の連絡先", "担当者に連絡の取れる電話番号とメールアドレスをご記入ください。", _APPLICATION),  # §2.1b
    FindingText("障害時の連絡先", "障害・メンテナンスのお知らせを常に受け取れる連絡先をご記入ください。", _APPLICATION),  # §4.3
    FindingText("希望日に間に合わない", "利用開始の希望日が標準の納期より前です。日付の見直しをお願いします。", _NEW),  # §1.3
    FindingText("利用用途", "どなたに、何を、どのようなときに配信するのかが分かるようにご記入ください。", _PARAMETERS),  # §2.1b
    FindingText("同意取得方法", "配信への同意を、いつ、どの画面や書面で取得するのかまでご記入ください。", _PARAMETERS),  # §2.1b
    FindingText("IPアドレスの確認", "固定のグローバルIPアドレスかどうかをご確認ください。固定でない場合は、固定のアドレスを持つプロキシをご用意ください。", _PARAMETERS),  # §1.2
    FindingText("通知先のURL", "通知先のURLに接続できません。公開されているURLかどうかをご確認ください。", _URLS),  # §1.9
    FindingText("API Gatewayのドメイン", "このドメインは通知先に使えません。独自ドメイン（カスタムドメイン）を設定したURLをご記入ください。", _URLS),  # §1.9
    FindingText("アカウント名", "アカウントの名前から、貴社のサービスだと分かるようにしてください。", _PARAMETERS),  # §1.4 ※3
    FindingText("説明文", "説明文から、配信する内容が読み取れるように書き直してください。", _PARAMETERS),  # §1.4 ※3
    FindingText("画像", "画像が不鮮明か、規定の大きさに合っていません。差し替えをお願いします。", _PARAMETERS),  # §1.6
    FindingText("チェック漏れ", "確認の印がありません。内容をご確認のうえ、ご記入ください。", frozenset({_D.CHECK_SHEET, _D.RELEASE_CHECKLIST})),  # §1.6
    FindingText("契約法人名", "契約法人名が、サービス利用申込書の企業名と違います。同じ名称にしてください。", frozenset({_D.PLAN_TABLE})),  # §1.6
    FindingText("変更後の内容", "何をどのように変更するのかが分かりません。変更後の内容をもう一度ご確認ください。", _CHANGES),  # §2.1b
    FindingText("ご利用番号", "ご利用番号が、解約するご契約と違うようです。番号をご確認ください。", frozenset({_D.CANCELLATION_FORM})),  # §3.1
    FindingText("サーバの準備予定", "サーバの準備が整う予定日をご記入ください。", frozenset({_D.SMS_RESULT_DESTINATION})),  # §1.7
)
# fmt: on


def texts_for(document: DocumentCode) -> tuple[FindingText, ...]:
    """Those for this document first, then those for any."""
    own = tuple(row for row in FINDING_TEXTS if document in row.documents)
    return own + tuple(row for row in FINDING_TEXTS if not row.documents)
