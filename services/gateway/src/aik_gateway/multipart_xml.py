"""The XML that S3 speaks about multipart uploads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import ParseError

from minio.xml import Element, SubElement, findall, findtext, getbytes, unmarshal


@dataclass(frozen=True)
class StoredPart:
    """`size` in bytes; the etag without quotes."""

    number: int
    etag: str
    size: int


@dataclass(frozen=True)
class Begun:
    multipart_id: str

    @classmethod
    def fromxml(cls, element: XmlElement) -> "Begun":
        return cls(findtext(element, "UploadId", True) or "")


@dataclass(frozen=True)
class Page:
    """Some of the stored parts, by number; more follow when it is truncated."""

    parts: list[StoredPart]
    truncated: bool

    @classmethod
    def fromxml(cls, element: XmlElement) -> "Page":
        _expect(element, "ListPartsResult")
        parts = [
            StoredPart(
                number=int(findtext(part, "PartNumber", True) or 0),
                etag=(findtext(part, "ETag", True) or "").strip('"'),
                size=int(findtext(part, "Size", True) or 0),
            )
            for part in findall(element, "Part")
        ]
        return cls(parts, findtext(element, "IsTruncated") == "true")


@dataclass(frozen=True)
class Unfinished:
    """A multipart that is neither completed nor aborted."""

    key: str
    multipart_id: str
    begun_at: datetime


@dataclass(frozen=True)
class ListOfUnfinished:
    items: list[Unfinished]

    @classmethod
    def fromxml(cls, element: XmlElement) -> "ListOfUnfinished":
        _expect(element, "ListMultipartUploadsResult")
        return cls(
            [
                Unfinished(
                    key=findtext(upload, "Key", True) or "",
                    multipart_id=findtext(upload, "UploadId", True) or "",
                    begun_at=datetime.fromisoformat(findtext(upload, "Initiated", True) or ""),
                )
                for upload in findall(element, "Upload")
            ]
        )


@dataclass(frozen=True)
class Ended:
    """How completing a multipart has ended: with the code of an error, or without one."""

    error: str | None

    @classmethod
    def fromxml(cls, element: XmlElement) -> "Ended":
        if _name(element) == "Error":
            return cls(findtext(element, "Code") or "")
        _expect(element, "CompleteMultipartUploadResult")
        return cls(None)


def is_completed(xml: str) -> bool:
    """False for an error. Raises ValueError or ParseError for another document."""
    # S3 sends blanks while it works, so that the connection stays open.
    return unmarshal(Ended, xml.strip()).error is None


def error_code(xml: str) -> str | None:
    """Of an error as S3 tells it; None for anything else."""
    try:
        return unmarshal(Ended, xml.strip()).error
    except (ValueError, ParseError):
        return None


def list_of_unfinished(xml: str) -> list[Unfinished]:
    """Raises ValueError or ParseError for another document."""
    return unmarshal(ListOfUnfinished, xml).items


def begun(xml: str) -> Begun:
    """Raises ValueError or ParseError for another document."""
    return unmarshal(Begun, xml)


def page(xml: str) -> Page:
    """Raises ValueError or ParseError for another document."""
    return unmarshal(Page, xml)


def completion(parts: Iterable[StoredPart]) -> bytes:
    document = Element("CompleteMultipartUpload")
    for part in parts:
        tag = SubElement(document, "Part")
        SubElement(tag, "PartNumber", str(part.number))
        SubElement(tag, "ETag", f'"{part.etag}"')
    return getbytes(document)


def _name(element: XmlElement) -> str:
    """Without its namespace: not every store gives one."""
    return element.tag.rpartition("}")[2]


def _expect(element: XmlElement, name: str) -> None:
    if _name(element) != name:
        raise ValueError(f"{_name(element)} is not {name}")
