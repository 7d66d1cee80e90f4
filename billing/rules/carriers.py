"""The carriers that delivery records name, as §5.2 charges them."""

from kmc_portal.lib.choices import Labelled


class DeliveryCarrier(Labelled):
    DOCOMO = "docomo", "NTTドコモ"
    AU = "au", "au"
    SOFTBANK = "softbank", "ソフトバンク"
    RAKUTEN = "rakuten", "楽天モバイル"
