"""OGC services' own exceptions, in the words and the form of the version that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layers.errors import TuziError
from tilecache.xml import xml_text

Dialect = Literal["wms-1.1.1", "wms-1.3.0", "ows-1.1"]


class OwsException(TuziError):
    """A request that a service answers with an exception document.

    ``code`` is the sentence's message code, ``ows_code`` the OGC's name for what is wrong, ``locator``
    the parameter it is about.
    """

    def __init__(
        self, code: str, ows_code: str = "", locator: str = "", status: int = 400, **parameters: object
    ) -> None:
        super().__init__(code, **parameters)
        self.ows_code = ows_code
        self.locator = locator
        self.status = status


@dataclass(frozen=True, slots=True)
class ExceptionDocument:
    """An exception as it goes to the client."""

    body: bytes
    content_type: str


def exception_document(sentence: str, ows_code: str, locator: str, dialect: Dialect) -> ExceptionDocument:
    """Write the exception in a dialect; an empty code is WMS's way to say nothing special."""
    text = xml_text(sentence)
    code, place = xml_text(ows_code), xml_text(locator)
    if dialect == "ows-1.1":
        attributes = f' exceptionCode="{code or "NoApplicableCode"}"' + (f' locator="{place}"' if place else "")
        return _document(
            '<ExceptionReport xmlns="http://www.opengis.net/ows/1.1" version="1.1.0" xml:lang="zh-TW">\n'
            f"  <Exception{attributes}>\n    <ExceptionText>{text}</ExceptionText>\n  </Exception>\n"
            "</ExceptionReport>\n",
            "application/xml",
        )
    attributes = (f' code="{code}"' if code else "") + (f' locator="{place}"' if place else "")
    inner = f"  <ServiceException{attributes}>{text}</ServiceException>\n</ServiceExceptionReport>\n"
    if dialect == "wms-1.1.1":
        doctype = (
            '<!DOCTYPE ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd">\n'
        )
        opening = '<ServiceExceptionReport version="1.1.1">\n'
        return _document(doctype + opening + inner.replace(f' locator="{place}"', ""), "application/vnd.ogc.se_xml")
    return _document(
        f'<ServiceExceptionReport xmlns="http://www.opengis.net/ogc" version="1.3.0">\n{inner}', "text/xml"
    )


def _document(text: str, content_type: str) -> ExceptionDocument:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return ExceptionDocument((declaration + text).encode(), f"{content_type}; charset=utf-8")
