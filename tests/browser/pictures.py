"""Pictures of a page, for somebody to look at."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.player import DESKTOP, PHONE, Colours, player

SCREENS: Sequence[tuple[str, tuple[int, int], Colours]] = (
    ("dark", DESKTOP, "dark"),
    ("light", DESKTOP, "light"),
    ("phone", PHONE, "dark"),
)


def take_pictures(browser: Browser, file: Path, folder: Path, times: Iterable[float]) -> None:
    """The page at each time in s on a dark and a light screen and on a phone, as PNG files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size, colours in SCREENS:
        with player(browser, file, size=size, colours=colours, still=True) as opened:
            for seconds in times:
                opened.seek(seconds)
                opened.page.screenshot(path=folder / f"{name}-{seconds:g}.png")
