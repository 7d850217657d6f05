"""`make trace`: a song goes through the whole suite, started for it, and its trace is drawn as a tree."""

import os
from argparse import ArgumentParser
from pathlib import Path

from aik_local.demo.song import chosen
from aik_local.testing import Suite, temporary_folder
from rich.console import Console

from tests.e2e.browser import Browser
from tests.e2e.receiver import receiving
from tests.tracing.collector import collecting
from tests.tracing.tree import tree

SONG_WITHIN_S = 1_800


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--song", type=Path, help="an audio file; without it the demo's song")
    song = chosen(parser.parse_args().song).file
    console = Console(stderr=True)
    with collecting() as collector, temporary_folder() as folder, receiving() as receiver:
        os.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        suite = Suite(folder)
        with console.status("starting Kafka, Postgres, the object store and all services"):
            suite.start()
        try:
            browser = Browser(suite.environment["AIK_URL"], "trace")
            with console.status(f"making a karaoke track of {song.name}"):
                browser.post("/v1/webhooks/secret/rotate")
                asset = browser.upload(song.name, song.read_bytes())
                browser.import_track(asset, callbackUrl=receiver.url)
                [webhook] = receiver.wait_for(1, within_s=SONG_WITHIN_S)
            trace_id = webhook.headers["traceparent"].split("-")[1]
            spans = collector.trace(trace_id, until="webhook track.ready", within_s=30)
        finally:
            with console.status("stopping everything"):
                suite.stop()
    print(f"trace {trace_id}: from the request's beginning, and how long it took", *tree(spans), sep="\n")


if __name__ == "__main__":
    main()
