"""`make browser-check`: a look at karaoke.html in a headless Chromium; needs one on this machine."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, song
from tests.browser.lit import Lit, three_times
from tests.browser.pictures import take_pictures
from tests.browser.player import player

HERE = Path(__file__).parent


class Look:
    """What the checks are given: a browser, a page, and which words are sung at some times."""

    def __init__(self, browser: Browser, file: Path, lit: Lit) -> None:
        self._given = browser, file, lit

    @pytest.fixture
    def browser(self) -> Browser:
        return self._given[0]

    @pytest.fixture
    def file(self) -> Path:
        return self._given[1]

    @pytest.fixture
    def lit(self) -> Lit:
        return self._given[2]


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="a karaoke.html; without it one of a made song")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the page")
    asked = parser.parse_args()
    program = chromium.found()
    if program is None:
        print(chromium.HOW, file=sys.stderr)
        return 2
    with TemporaryDirectory() as folder, chromium.chromium(program) as browser:
        if asked.page:
            file, checks = asked.page, [HERE / "any_page.py"]
            with player(browser, file) as opened:
                lit = three_times(opened.song)
        else:
            file, checks, lit = Path(folder) / "karaoke.html", [HERE / "any_page.py", HERE / "made_page.py"], song.LIT
            file.write_text(song.page(), "utf-8")
        if asked.pictures:
            take_pictures(browser, file, asked.pictures, lit)
        print(f"{file} in Chromium {browser.version}")
        return pytest.main([*map(str, checks), "-vv", "-p", "no:cacheprovider"], plugins=[Look(browser, file, lit)])


if __name__ == "__main__":
    sys.exit(main())
