"""How our forms look: one font, two tints for input, calm headings."""

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

FONT_NAME = "Meiryo"
INK, GREY, ACCENT, PAPER = "1F2937", "6B7280", "1F4E79", "FFFFFF"
REQUIRED_TINT, OPTIONAL_TINT, CONDITIONAL_TINT, BAND_TINT = "FFF4CC", "F0F6FF", "FFF9E8", "F3F4F6"
MARK_TINT, MARK_TAB = "FFB3B3", "C00000"


def font(size: float = 10, *, bold: bool = False, colour: str = INK) -> Font:
    return Font(name=FONT_NAME, size=size, bold=bold, color=colour)


def fill(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


_THIN = Side(style="thin", color="C9CED6")
_RULE = Side(style="medium", color=ACCENT)
BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
UNDERLINE = Border(bottom=_RULE)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
HEADING = Alignment(horizontal="left", vertical="center")
CENTRE = Alignment(horizontal="center", vertical="center")
RIGHT = Alignment(horizontal="right", vertical="center", indent=1)
OPEN = Protection(locked=False)

COLUMN_WIDTHS = {"A": 1.5, "B": 29.0, "C": 42.0, "D": 10.0, "E": 54.0}
ROW_HEIGHT = 23.0  # points


def print_on_a4(worksheet: Worksheet, *, landscape: bool) -> None:
    """One page wide, as many high as it takes, with sheet name and page numbers."""
    worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
    worksheet.page_setup.orientation = "landscape" if landscape else "portrait"
    worksheet.page_setup.fitToWidth, worksheet.page_setup.fitToHeight = 1, 0
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    worksheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)  # inches
    foot = HeaderFooterItem(left=_HeaderFooterPart(text="&A"), right=_HeaderFooterPart(text="&P / &N"))
    worksheet.HeaderFooter = HeaderFooter(oddFooter=foot)
