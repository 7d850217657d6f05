"""karaoke.html in a browser, as a singer has it; what went wrong in it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page

Colours = Literal["dark", "light"]
DESKTOP, PHONE = (1280, 800), (360, 640)

# The policy of the page refuses what is evaluated from a string inside of it: it is given functions, and nothing polls.
_SEEK = """async seconds => {
  const audio = document.querySelector("audio");
  const sought = new Promise(done => audio.addEventListener("seeked", done, { once: true }));
  audio.currentTime = seconds;
  await sought;
}"""
_SOUGHT = """() => new Promise(done => {
  const audio = document.querySelector("audio");
  if (audio.seeking) audio.addEventListener("seeked", done, { once: true }); else done();
})"""
_REACHED = """seconds => new Promise((done, failed) => {
  const audio = document.querySelector("audio");
  audio.addEventListener("timeupdate", () => { if (audio.currentTime >= seconds) done(); });
  setTimeout(() => failed(`the sound is at ${audio.currentTime} s`), 20_000);
})"""
_LOADED = """() => new Promise((done, failed) => {
  const audio = document.querySelector("audio");
  audio.addEventListener("error", () => failed(audio.error.message));
  if (audio.readyState > 0) done(); else audio.addEventListener("loadedmetadata", done);
})"""


class Player:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url[:200]))

    def open(self, file: Path) -> None:
        """Returns when the sound can be played."""
        self.page.goto(file.resolve().as_uri())
        self.page.evaluate(_LOADED)

    def seek(self, seconds: float) -> None:
        self.page.evaluate(_SEEK, seconds)

    def press(self, *keys: str) -> None:
        """One after another; a seek that a key asks for is done when this returns."""
        for key in keys:
            self.page.keyboard.press(key)
            self.page.evaluate(_SOUGHT)

    def wait_until(self, seconds: float) -> None:
        """Of a song that plays; fails if it does not get there within 20 s."""
        self.page.evaluate(_REACHED, seconds)

    @property
    def seconds(self) -> float:
        return float(self.page.evaluate("document.querySelector('audio').currentTime"))

    @property
    def drawn(self) -> tuple[float, list[str]]:
        """The time in s that is shown, and the words that were lit together with it."""
        lit = "[...document.querySelectorAll('.word[aria-current]')].map(word => word.textContent)"
        seconds, words = self.page.evaluate(f"[document.getElementById('seek').valueAsNumber, {lit}]")
        return seconds, words

    @property
    def song(self) -> Any:
        """The data inside of the page."""
        return self.page.evaluate("JSON.parse(document.getElementById('song').textContent)")

    @property
    def lit(self) -> list[str]:
        """The words that say that they are current."""
        return self.texts(".word[aria-current]")

    def texts(self, selector: str) -> list[str]:
        return list(self.page.locator(selector).all_inner_texts())

    def classes(self, word: str) -> set[str]:
        """Those of the line that has the word."""
        line = self.page.locator(".line", has=self.page.get_by_text(word, exact=True))
        return set((line.get_attribute("class") or "").split())

    def style(self, selector: str, name: str) -> str:
        computed = "(element, name) => getComputedStyle(element).getPropertyValue(name)"
        return str(self.page.locator(selector).first.evaluate(computed, name))


@contextmanager
def player(
    browser: Browser,
    file: Path,
    *,
    size: tuple[int, int] = DESKTOP,
    colours: Colours = "dark",
    still: bool = False,
) -> Iterator[Player]:
    """Nothing is stored yet; `still` is for somebody who prefers reduced motion."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=colours,
        reduced_motion="reduce" if still else "no-preference",
    )
    try:
        opened = Player(context.new_page())
        opened.open(file)
        yield opened
    finally:
        context.close()
