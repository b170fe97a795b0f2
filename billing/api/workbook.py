"""A spreadsheet (Office Open XML, ECMA-376) of one sheet, written row by row into a stream.

The libraries that write such files keep them on disk until the last row is known; a stream that begins at
once needs no more than the few parts below.
"""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from billing.parties.checks import NOT_IN_XML

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MOST_ROWS = 1_048_575
"""Below the headings, as the format allows."""
ROWS_AT_ONCE = 500
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day 0 has no time zone
BOLD, DAY, MOMENT = 1, 2, 3
"""Places in STYLES' list of cell formats."""

PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
SHEET_START = (
    f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/>'
    '<cols><col min="1" max="{columns}" width="22" customWidth="1"/></cols>'
    "<sheetData>"
)
SHEET_END = "</sheetData></worksheet>"


class Pipe:
    """A file that cannot be sought: what was written to it is taken away again at once."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        data, self.waiting = b"".join(self.waiting), []
        return data


def workbook(headings: list[str], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """Yield a spreadsheet piece by piece. Rows beyond what the format holds are left out."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parcel:
        for name, content in PARTS.items():
            parcel.writestr(name, HEAD + content)
        with parcel.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((HEAD + SHEET_START.format(columns=len(headings))).encode())
            sheet.write(row_xml(headings, style=BOLD).encode())
            for number, row in enumerate(rows):
                if number == MOST_ROWS:
                    break
                sheet.write(row_xml(row).encode())
                if number % ROWS_AT_ONCE == 0:
                    yield pipe.taken()
            sheet.write(SHEET_END.encode())
    yield pipe.taken()


def row_xml(values: list[Any], *, style: int = 0) -> str:
    return f"<row>{''.join(cell(value, style) for value in values)}</row>"


def cell(value: Any, style: int = 0) -> str:
    """Return one cell: a number, a day, yes or no, or a text, which is never a formula."""
    match value:
        case None | "":
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(value)}</v></c>'
        case int() | Decimal():
            return f"<c><v>{value:f}</v></c>"
        case datetime():
            return f'<c s="{MOMENT}"><v>{days(value.replace(tzinfo=None))}</v></c>'
        case date():
            return f'<c s="{DAY}"><v>{days(datetime(value.year, value.month, value.day))}</v></c>'  # noqa: DTZ001
    text = escape(NOT_IN_XML.sub("", str(value)))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


def days(moment: datetime) -> str:
    """Return a moment as a spreadsheet counts it: days since the end of 1899."""
    return f"{(moment - EPOCH).total_seconds() / 86400:.6f}".rstrip("0").rstrip(".")
