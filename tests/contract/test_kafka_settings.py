"""Nobody reaches Kafka but by all that the settings say: an address alone would leave out TLS and SASL."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py")]


def test_no_client_of_kafka_is_given_an_address_alone() -> None:
    alone = ("KafkaLog(settings.kafka,", "bootstrap_servers=", "KafkaSettings().kafka")
    naming = {path.name for path in SOURCES if any(words in path.read_text("utf-8") for words in alone)}
    assert naming == set()
