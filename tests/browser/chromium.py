"""Finds a Chromium of this machine and opens pages in it; it is given no network and keeps nothing."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HOW = "No Chromium was found: install one (on Debian: apt install chromium) or set CHROMIUM to its path."

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def found() -> str | None:
    """The program that $CHROMIUM names, else the first one on the PATH."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """Headless, with a profile of its own that is gone afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_FLAGS, *_unboxed()])
        try:
            yield browser
        finally:
            browser.close()


def _unboxed() -> Sequence[str]:
    """Chromium's sandbox refuses to start as root, which is who runs in most containers; anybody else has it."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []
