"""Assets: what was uploaded, or is being uploaded."""

from collections.abc import Iterator
from datetime import datetime

from aik_events.asset import Asset
from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from aik_gateway.readmodel.model import TIME, Model, ReadModelRow


class AssetRow(ReadModelRow, table=True):
    __tablename__ = "asset"
    __table_args__ = (Index("asset_of_state", "state", "id"),)

    id: str = Field(primary_key=True)
    client_id: str
    state: str
    filename: str
    content_type: str | None
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str | None
    key: str
    multipart_id: str
    part_size: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)


def rows_of(asset: object) -> Iterator[SQLModel]:
    """One, since its upload was started."""
    if not isinstance(asset, Asset) or asset.created_at is None or asset.expires_at is None:
        return
    yield AssetRow.model_construct(
        id=asset.id,
        client_id=asset.client_id,
        state=asset.state,
        filename=asset.filename,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        key=asset.key,
        multipart_id=asset.multipart_id,
        part_size=asset.part_size,
        created_at=asset.created_at,
        expires_at=asset.expires_at,
    )


MODEL = Model({AssetRow: ("id",)}, rows_of)
