"""The event contract: envelope, catalogue, fold, log and its tools."""
