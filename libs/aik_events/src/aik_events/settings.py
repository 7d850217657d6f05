"""How to reach Kafka."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AIK_")

    kafka: str = Field(default="127.0.0.1:9092", description="Kafka bootstrap servers, host:port with commas")
