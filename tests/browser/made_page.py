"""What the page of the made song shows, and what the keys do in it."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.player import player
from tests.browser.song import ARTIST, TITLE

VOICES = {"voice-1", "voice-2", "also-1", "also-2", "backing"}


def test_title_artist_sections_and_singers_are_shown(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        assert page.texts("h1, #artist") == [TITLE, ARTIST]
        assert page.texts("#legend li") == ["Ann", "Bob", "dotted: time uncertain"]
        assert page.page.locator("#sections li").evaluate_all("all => all.map(one => one.title)") == [
            "Instrumental",
            "Verse 1",
            "Chorus",
            "Vocal",
            "Outro",
        ]
        assert page.page.locator("h2").all_text_contents() == ["Verse 1", "Chorus"]


def test_keys_seek_by_time_by_line_and_by_word(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        reached = []
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowUp"):
            page.press(key)
            reached.append((key, page.seconds))
        assert reached == [
            ("ArrowRight", 5.0),
            ("ArrowRight", 10.0),
            ("ArrowLeft", 5.0),
            ("ArrowDown", 6.5),
            ("ArrowDown", 8.0),
            ("ArrowUp", 6.5),
        ]
        page.page.get_by_role("link", name="</script>").focus()
        page.press("Tab", "Enter")
        assert (page.seconds, page.lit) == (7.0, ["maybe"])
        page.press("Home")
        assert page.seconds == 0.0


def test_a_click_on_a_word_goes_to_it_and_one_on_an_unsung_line_does_not(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        page.page.get_by_text("together", exact=True).click()
        page.press("Shift")
        page.page.get_by_text("***", exact=True).click()
        assert (page.seconds, page.lit) == (12.6, ["together"])


def test_singers_have_their_colours_and_backing_lines_stand_back(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        voices = {word: page.classes(word) & VOICES for word in ("answer", "you", "(ooh)", "together")}
        assert voices == {
            "answer": {"voice-2"},
            "you": {"voice-1"},
            "(ooh)": {"voice-2", "backing"},
            "together": {"voice-1", "also-2"},
        }
        assert page.texts(".who") == ["Ann", "Bob", "Ann", "Bob", "Ann & Bob", "Bob", "Ann"]


def test_a_line_from_right_to_left_is_filled_from_the_right(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        page.seek(15.25)
        sides = {
            word: page.page.get_by_text(word, exact=True).evaluate("word => getComputedStyle(word).backgroundPositionX")
            for word in ("עולם", "together")
        }
        assert sides == {"עולם": "100%", "together": "0px"}
        assert (page.style(".line[dir=rtl]", "direction"), page.style(".word[aria-current]", "--done")) == (
            "rtl",
            "25%",
        )


def test_a_pause_counts_down_to_its_line(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        shown = {}
        for seconds in (0.5, 2.5, 3.5, 4.5, 5.5, 19.5, 22.9):
            page.seek(seconds)
            shown[seconds] = "".join(page.texts("div.pause"))
        assert shown == {0.5: "5", 2.5: "●●●", 3.5: "●●", 4.5: "●", 5.5: "", 19.5: "4", 22.9: "●"}


def test_words_can_come_later_and_that_is_kept(browser: Browser, file: Path) -> None:
    with player(browser, file) as page:
        page.seek(5.01)
        assert page.lit == ["Don't"]
        page.page.get_by_role("button", name="20 ms later").click()
        assert page.lit == []
        page.open(file)
        assert page.texts("#offset") == ["+20 ms"]
        page.page.get_by_role("button", name="20 ms earlier").click()
        assert page.texts("#offset") == ["0 ms"]
