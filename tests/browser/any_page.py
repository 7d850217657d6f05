"""What holds for every karaoke.html."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.lit import Lit, sung_at
from tests.browser.player import PHONE, Player, player


def test_the_right_words_are_lit(browser: Browser, file: Path, lit: Lit) -> None:
    with player(browser, file) as page:
        _check_lit(page, lit)


def test_with_reduced_motion_the_same_words_are_lit_and_nothing_glides(browser: Browser, file: Path, lit: Lit) -> None:
    with player(browser, file, still=True) as page:
        _check_lit(page, lit)
        assert (page.style("main", "scroll-behavior"), page.style(".line", "transition-duration")) == ("auto", "0s")
    with player(browser, file) as page:
        assert page.style("main", "scroll-behavior") == "smooth"


def _check_lit(page: Player, lit: Lit) -> None:
    found = {}
    for seconds in lit:
        page.seek(seconds)
        found[seconds] = page.lit
    assert found == lit


def test_the_words_follow_the_sound(browser: Browser, file: Path, lit: Lit) -> None:
    """Space plays and pauses; in between what is lit is what is sung at the time that is shown."""
    with player(browser, file) as page:
        start = next(iter(lit))
        page.seek(start)
        page.press("Space")
        page.wait_until(start + 0.6)
        seconds, words = page.drawn
        assert seconds > start + 0.3
        assert words == sung_at(page.song, round(seconds * 1000))
        page.press("Space")
        paused = page.seconds
        page.page.wait_for_timeout(200)
        assert page.seconds == paused


def test_no_line_moves_while_words_light_up(browser: Browser, file: Path, lit: Lit) -> None:
    places = "[...document.querySelectorAll('.line')].map(line => [line.offsetTop, line.offsetHeight])"
    with player(browser, file) as page:
        before = page.page.evaluate(places)
        for seconds in lit:
            page.seek(seconds)
            assert page.page.evaluate(places) == before


def test_everything_fits_a_phone(browser: Browser, file: Path) -> None:
    outside = """[...document.querySelectorAll("header *, .line, .word, footer *")].filter(element => {
      const box = element.getBoundingClientRect();
      return box.width && (box.left < 0 || box.right > innerWidth);
    }).length"""
    with player(browser, file, size=PHONE) as page:
        assert page.page.evaluate(outside) == 0
        assert page.page.evaluate("document.querySelector('footer').getBoundingClientRect().bottom <= innerHeight")


def test_it_asks_for_nothing_and_nothing_else_can_run(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        page.press("Space", "Space")
        assert (page.errors, page.requests) == ([], [file.resolve().as_uri()])
        page.page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'another script ran'";
          document.body.append(script);
          document.querySelector("main").insertAdjacentHTML("beforeend", "<img src=x onerror='document.title = 1'>");
        }""")
        page.page.wait_for_timeout(100)  # the policy refuses at once; a script that it let through would need no longer
        assert page.page.title() not in {"another script ran", "1"}
