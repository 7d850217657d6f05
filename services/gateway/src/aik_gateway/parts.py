"""Decisions about an upload: what is accepted, how it is cut into parts, and which of them are missing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from aik_gateway.multipart_xml import StoredPart
from aik_gateway.problems import Problem

MIB = 1 << 20
MIN_PART, MAX_PART, MAX_PARTS = 5 * MIB, 5 << 30, 10_000
"""S3's limits; the last part may be smaller."""
DEFAULT_PART = 8 * MIB
SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")

AUDIO_SUFFIX = re.compile(
    r"\.(3gp|aac|ac3|aif|aiff|alac|amr|ape|au|caf|flac|m4a|m4b|mka|mkv|mov|mp2|mp3|mp4|mpga|oga|ogg|opus|ra|tta|wav|weba"
    r"|webm|wma|wv)"
)
CONTAINER_TYPES = frozenset({"application/ogg", "application/mp4", "application/x-matroska"})


def suffix_of(filename: str) -> str:
    """The filename's suffix in lower case, if it can stand in an object's key."""
    suffix = PurePosixPath(filename).suffix.lower()
    return suffix if SUFFIX.fullmatch(suffix) else ""


def check_file(filename: str, size: int, content_type: str | None, max_size: int) -> None:
    """Whether the bytes are audio is found out later; this refuses what can't be. Raises Problem."""
    if size > max_size:
        raise Problem("file-too-large", f"At most {max_size} bytes.", maxSize=max_size)
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in ("", "application/octet-stream"):
        audio = AUDIO_SUFFIX.fullmatch(suffix_of(filename)) is not None
    else:
        audio = kind.startswith(("audio/", "video/")) or kind in CONTAINER_TYPES
    if not audio:
        raise Problem("unsupported-audio-type", "Send an audio file, or a video with sound.")


def part_size_for(size: int, wanted: int | None) -> int:
    """The part size, in bytes: the wanted one or none. Raises Problem when S3 would refuse it."""
    if wanted is None:
        smallest = -(-size // MAX_PARTS)
        return max(DEFAULT_PART, -(-smallest // MIB) * MIB)
    if not MIN_PART <= wanted <= MAX_PART or part_count(size, wanted) > MAX_PARTS:
        raise Problem("part-size-invalid", f"From {MIN_PART} to {MAX_PART} bytes, in at most {MAX_PARTS} parts.")
    return wanted


def part_count(size: int, part_size: int) -> int:
    """An empty file is one empty part."""
    return max(1, -(-size // part_size))


def incomplete(size: int, part_size: int, stored: Iterable[StoredPart], claimed: Mapping[int, str]) -> Problem | None:
    """What keeps the upload from being completed: parts that are missing, or not what they should be.

    `claimed` has the etags that the client saw, by part number; none is needed.
    """
    count = part_count(size, part_size)
    there = {part.number: part for part in stored}
    missing = [number for number in range(1, count + 1) if number not in there]
    wrong = [part.number for part in there.values() if part.size != _expected(part.number, size, part_size)]
    wrong += [n for n, etag in claimed.items() if n not in missing and (n not in there or there[n].etag != etag)]
    if not missing and not wrong:
        return None
    detail = "Send the missing parts, and the wrong ones again."
    return Problem("upload-incomplete", detail, missing=missing, wrong=sorted(set(wrong)))


def _expected(number: int, size: int, part_size: int) -> int:
    """The bytes of a part; negative for a number beyond the last."""
    return min(part_size, size - (number - 1) * part_size)


def checked_numbers(numbers: Sequence[int], count: int) -> Sequence[int]:
    if any(not 1 <= number <= count for number in numbers):
        raise Problem("validation-failed", f"The parts of this upload are 1 to {count}.")
    return numbers
