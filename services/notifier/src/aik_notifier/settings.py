"""Settings of the notifier; each is an environment variable AIK_<NAME>."""

from aik_service.callback_settings import CallbackSettings
from aik_service.settings import SealingSettings, ServiceSettings
from pydantic import Field


class NotifierSettings(ServiceSettings, CallbackSettings, SealingSettings):
    webhook_timeout_s: float = Field(default=15.0, description="one try, from the name's lookup to the answer")
    webhook_senders: int = Field(default=128, ge=1, description="tries that one process makes at a time")
    webhook_senders_per_host: int = Field(default=32, ge=1, description="those of them that go to one host")
    lease_s: float = Field(default=15.0, description="a sender that is silent for so long loses its delivery")
    poll_s: float = Field(default=1.0, description="how often the queue is looked at when nobody says there is work")
