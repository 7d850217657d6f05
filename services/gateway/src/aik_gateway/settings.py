"""Settings of the gateway's api, of its projector with the janitor, and of what sets up the bucket."""

from aik_service.callback_settings import CallbackSettings, Networks, Texts
from aik_service.settings import ObjectSettings, SealingSettings, ServiceSettings
from pydantic import Field


class BucketSettings(ObjectSettings):
    cors_origins: Texts = Field(default=(), description="origins of browser clients, with commas; * allows every one")


class JanitorSettings(ServiceSettings, ObjectSettings):
    asset_ttl_s: int = Field(
        default=604_800, ge=0, description="an asset that no track is made from goes so long after its upload's time"
    )
    sweep_again_s: int = Field(
        default=14_400, ge=0, description="objects of what is over are removed once more after so long"
    )
    orphan_after_s: int = Field(
        default=172_800,
        ge=90_000,
        description="what no event names is removed when it is older; a repeat comes earlier",
    )


class GatewaySettings(ServiceSettings, BucketSettings, CallbackSettings, SealingSettings):
    url_ttl_s: int = Field(default=600, ge=60, description="the shortest life of a download URL")
    part_url_ttl_s: int = Field(default=3600, ge=60, description="the life of the URL of one part of an upload")
    upload_ttl_s: int = Field(default=86_400, ge=60, description="an upload must be completed within this time")
    max_upload_bytes: int = Field(default=1 << 30, ge=1, description="a larger file is refused before it is sent")
    verdict_wait_s: float = Field(default=5.0, description="how long an answer waits for the projector")
    s3_public_endpoint: str | None = Field(
        default=None, description="where clients reach the object store, when that is another address than ours"
    )
    s3_sts_endpoint: str | None = Field(
        default=None, description="where the store gives out sessions (STS), when that is not its endpoint"
    )
    s3_role_arn: str | None = Field(
        default=None, description="the role that those sessions take; it may read and write the bucket"
    )
    presign_bind_ip: bool = Field(
        default=True, description="presigned URLs serve the caller's address alone; off where the store sees another"
    )
    trusted_proxies: Networks = Field(
        default=(), description="CIDRs with commas: only what these say in X-Forwarded-For is believed"
    )
    tokens_required: bool = Field(default=False, description="whether every request under /v1 needs a bearer token")
    rate_limit_per_minute: int = Field(
        default=1_200,
        ge=0,
        le=1_000_000_000,
        description="requests of one client, over all api processes; 0 is no limit",
    )

    def public_objects(self) -> ObjectSettings:
        """The object store as clients reach it."""
        return self.model_copy(update={"s3_endpoint": self.s3_public_endpoint or self.s3_endpoint})
