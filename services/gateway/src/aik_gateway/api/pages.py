"""What every list is asked with: how many, and after what."""

from typing import Annotated

from fastapi import Query

MOST_ITEMS = 100
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="at most so many")]
Cursor = Annotated[
    str | None, Query(max_length=200, description="the nextCursor of the page before; none for the first page")
]
PAGE = 50
"""The limit when none is named."""
