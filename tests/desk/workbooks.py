"""Workbooks as Excel and LibreOffice write them, put together by hand: openpyxl writes neither shared strings with
phonetic runs nor the value of a formula."""

import io
import zipfile
from collections.abc import Sequence
from html import escape

Cell = str | int | tuple[str, str | None]  # a formula comes with the value that was stored; None: none was

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_PARTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def by_excel(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Text in shared strings, split into runs as Excel does after editing; formulae with their values."""
    strings: list[str] = []

    def cell(at: str, value: Cell) -> str:
        match value:
            case int():
                return f'<c r="{at}"><v>{value}</v></c>'
            case (formula, stored):
                computed = "" if stored is None else f"<v>{escape(stored)}</v>"
                kind = "" if stored is None else ' t="str"'
                return f'<c r="{at}"{kind}><f>{escape(formula)}</f>{computed}</c>'
        strings.append(str(value))
        return f'<c r="{at}" s="0" t="s"><v>{len(strings) - 1}</v></c>'

    sheet = _sheet(rows, cell)
    shared = "".join(_runs(text) for text in strings)
    return _packed(sheet, f'<sst xmlns="{_MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{shared}</sst>')


def by_libreoffice(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Text inline, as other programs than Excel write it too, and the very last row with its height."""

    def cell(at: str, value: Cell) -> str:
        match value:
            case int():
                return f'<c r="{at}" s="0" t="n"><v>{value}</v></c>'
            case (formula, stored):
                return f'<c r="{at}" t="str"><f aca="false">{escape(formula)}</f><v>{escape(stored or "")}</v></c>'
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'

    last = '<row r="1048576" customFormat="false" ht="12.8" hidden="false" customHeight="false"/>'
    return _packed(_sheet(rows, cell, last), f'<sst xmlns="{_MAIN}" count="0" uniqueCount="0"/>')


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same workbook with another part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.namelist():
            if member != name:
                after.writestr(member, before.read(member))
        after.writestr(name, part)
    return packed.getvalue()


def as_strict(content: bytes) -> bytes:
    """The same workbook as Excel's “Strict Open XML” begins."""
    usual = zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml")
    return with_part(content, "xl/workbook.xml", usual.replace(_MAIN.encode(), _STRICT.encode()))


def _runs(text: str) -> str:
    half = len(text) // 2
    if half < 3:
        return f'<si><t xml:space="preserve">{escape(text)}</t></si>'
    runs = (
        f'<r><rPr><sz val="11"/></rPr><t xml:space="preserve">{escape(part)}</t></r>'
        for part in (text[:half], text[half:])
    )
    return f"<si>{''.join(runs)}</si>"


def _sheet(rows: Sequence[Sequence[Cell]], cell: object, more: str = "") -> str:
    assert callable(cell)
    written = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row) if value != "")
        written.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(written)}{more}</sheetData></worksheet>'


def _packed(sheet: str, strings: str) -> bytes:
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_PARTS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_PARTS}"><sheets>'
        '<sheet name="Tabelle1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_PARTS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_PARTS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": strings,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, _HEAD + part)
    return packed.getvalue()
