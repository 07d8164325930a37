"""Files of many kinds, made by the libraries that write them."""

from __future__ import annotations

import io
import zipfile

import pypdf
from PIL import Image

WORD = (
    "<w:document xmlns:w='urn:w'><w:body><w:p><w:r><w:t>Hello</w:t></w:r></w:p><w:tbl><w:tr>"
    "<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p>"
    "</w:tc></w:tr></w:tbl></w:body></w:document>"
)
BOOK = {
    "xl/workbook.xml": "<workbook xmlns:r='urn:r'><sheets><sheet name='Prices' r:id='r1'/></sheets>"
    "</workbook>",
    "xl/_rels/workbook.xml.rels": "<R><Relationship Id='r1' Target='worksheets/sheet1.xml'/></R>",
    "xl/sharedStrings.xml": "<sst><si><t>apple</t></si><si><r><t>猫</t></r></si></sst>",
    "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c r='A1' t='s'><v>0</v></c>"
    "<c r='C1'><v>1.5</v></c></row><row><c r='A2' t='s'><v>1</v></c></row></sheetData>"
    "</worksheet>",
}


def zipped(files: dict[str, str | bytes]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return output.getvalue()


def pdf(texts: list[str], password: str = "") -> bytes:
    """Return a PDF with one page for each text; an empty text is a page without any."""
    writer = pypdf.PdfWriter()
    for text in texts:
        page = writer.add_blank_page(300, 300)
        if not text:
            continue
        content = pypdf.generic.DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        font = pypdf.generic.DictionaryObject(
            {
                pypdf.generic.NameObject("/Type"): pypdf.generic.NameObject("/Font"),
                pypdf.generic.NameObject("/Subtype"): pypdf.generic.NameObject("/Type1"),
                pypdf.generic.NameObject("/BaseFont"): pypdf.generic.NameObject("/Helvetica"),
            }
        )
        fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F1"): font})
        page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
            {pypdf.generic.NameObject("/Font"): fonts}
        )
        page[pypdf.generic.NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def picture(kind: str, size: tuple[int, int] = (40, 30), orientation: int = 1) -> bytes:
    output = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", size, "red").save(output, kind, **({"exif": exif} if orientation > 1 else {}))
    return output.getvalue()
