"""The companies of the demo: who they are, what they ask for, and how far they got."""

from dataclasses import dataclass, field

from accounts.rules.plans import Option, Plan
from kmc_portal.lib.choices import Labelled


class Goal(Labelled):
    """How far the story of a company goes."""

    INVITED = "invited", "招待しただけ"
    DRAFT = "draft", "不備のある下書き"
    SUBMITTED = "submitted", "受付待ち"
    IN_REVIEW = "in_review", "内容確認中（不備を一件登録）"
    RETURNED = "returned", "差戻し"
    RESUBMITTED = "resubmitted", "再提出"
    ON_HOLD = "on_hold", "保留"
    ACCEPTED = "accepted", "受付受理"
    CONFIRMING = "confirming", "企業様の確認待ち"
    REMARKED = "remarked", "キャリアの指摘あり"
    PARTLY_APPROVED = "partly_approved", "一部キャリアが承認"
    SETUP = "setup", "アカウント設定"
    NOTICE = "notice", "通知書承認待ち"
    ACTIVE = "active", "利用中"
    RELEASE = "release", "利用中・ストア表示を申請"
    SHOWN = "shown", "利用中・ストア表示"
    WITHDRAWN = "withdrawn", "取下げ"
    REJECTED = "rejected", "却下"


@dataclass(frozen=True)
class Company:
    name: str
    kana: str
    domain: str
    goal: Goal
    plan: Plan = Plan.SMS
    options: frozenset[Option] = field(default_factory=frozenset)
    days_ago: int = 0  # office days since the submission
    partner: str = ""
    nda: bool = True
    test_account_later: bool = False  # asked for when the contract is in use already
    ends: tuple[str, ...] = ()  # paths of the demo's receiver: production, then test accounts; () elsewhere


_P, _O, _G = Plan, Option, Goal
PARTNER = "株式会社つなぐ代理店（デモ）"


def _options(*options: Option) -> frozenset[Option]:
    return frozenset(options)


# fmt: off
COMPANIES: tuple[Company, ...] = (
    Company("ねむのき保育株式会社", "ネムノキホイクカブシキガイシャ", "nemunoki.example.jp", _G.INVITED, nda=False),
    Company("あおぞら食品株式会社", "アオゾラショクヒンカブシキガイシャ", "aozora.example.jp", _G.DRAFT, _P.SMS),
    Company("株式会社みどり観光", "カブシキガイシャミドリカンコウ", "midori.example.jp", _G.SUBMITTED, _P.SMS, _options(_O.LONG_SMS), 0),
    Company("ひかり電設㈱", "ヒカリデンセツカブシキガイシャ", "hikari.example.jp", _G.IN_REVIEW, _P.SMS, _options(_O.SMS_RESULT_NOTIFICATION), 2, ends=("ok",)),
    Company("髙﨑医療器株式会社", "タカサキイリョウキカブシキガイシャ", "takasaki.example.jp", _G.RETURNED, _P.PLUS, _options(_O.WEBHOOK), 4, ends=("error",)),
    Company("さくら運輸株式会社", "サクラウンユカブシキガイシャ", "sakura.example.jp", _G.RESUBMITTED, _P.SMS_PLUS, _options(_O.LONG_SMS), 6),
    Company("合同会社こだま出版", "ゴウドウガイシャコダマシュッパン", "kodama.example.jp", _G.ON_HOLD, _P.SMS, _options(), 9),
    Company("つばめ書店株式会社", "ツバメショテンカブシキガイシャ", "tsubame.example.jp", _G.ACCEPTED, _P.PLUS, _options(_O.STORE_DISPLAY), 3),
    Company("みなと信用保証株式会社", "ミナトシンヨウホショウカブシキガイシャ", "minato.example.jp", _G.CONFIRMING, _P.SMS_PLUS, _options(_O.SMS_RESULT_NOTIFICATION, _O.TEST_ACCOUNT), 7, PARTNER, ends=("ok", "slow")),
    Company("しろくま冷凍株式会社", "シロクマレイトウカブシキガイシャ", "shirokuma.example.jp", _G.REMARKED, _P.PLUS_RCS, _options(_O.WEBHOOK), 12, ends=("ok", "redirect")),
    Company("かえで不動産株式会社", "カエデフドウサンカブシキガイシャ", "kaede.example.jp", _G.PARTLY_APPROVED, _P.SMS_PLUS_RCS, _options(_O.SOFTBANK_SENDER), 17),
    Company("はやぶさ通販株式会社", "ハヤブサツウハンカブシキガイシャ", "hayabusa.example.jp", _G.SETUP, _P.PLUS_RCS, _options(_O.TEST_ACCOUNT, _O.STORE_DISPLAY), 16),
    Company("学校法人いちょう学院", "ガッコウホウジンイチョウガクイン", "icho.example.jp", _G.NOTICE, _P.SMS, _options(_O.LONG_SMS), 9),
    Company("あじさいクリニック", "アジサイクリニック", "ajisai.example.jp", _G.ACTIVE, _P.SMS, _options(_O.SMS_RESULT_NOTIFICATION), 46, ends=("ok", "ok")),
    Company("やまびこ工業株式会社", "ヤマビココウギョウカブシキガイシャ", "yamabiko.example.jp", _G.ACTIVE, _P.PLUS, _options(_O.WEBHOOK), 50, PARTNER, ends=("slow",), test_account_later=True),
    Company("ふじ百貨店株式会社", "フジヒャッカテンカブシキガイシャ", "fuji.example.jp", _G.RELEASE, _P.SMS_PLUS_RCS, _options(_O.STORE_DISPLAY, _O.TEST_ACCOUNT, _O.WEBHOOK), 52, ends=("ok", "slow", "ok", "error")),
    Company("ぶなの森リゾート株式会社", "ブナノモリリゾートカブシキガイシャ", "buna.example.jp", _G.SHOWN, _P.PLUS, _options(_O.STORE_DISPLAY), 58),
    Company("もみじ旅館株式会社", "モミジリョカンカブシキガイシャ", "momiji.example.jp", _G.ACTIVE, _P.SMS, _options(_O.LONG_SMS), 40),
    Company("ほたる印刷株式会社", "ホタルインサツカブシキガイシャ", "hotaru.example.jp", _G.ACTIVE, _P.SMS, _options(), 44),
    Company("すずらん製菓株式会社", "スズランセイカカブシキガイシャ", "suzuran.example.jp", _G.WITHDRAWN, _P.SMS, _options(), 20),
    Company("くじら水産株式会社", "クジラスイサンカブシキガイシャ", "kujira.example.jp", _G.REJECTED, _P.SMS, _options(), 25),
)
# fmt: on
