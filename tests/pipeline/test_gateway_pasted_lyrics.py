"""Lyrics as people paste them, as a client gets them back and edits them."""

from typing import Any

import httpx
from aik_events.catalogue import LyricsUpdated

from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack

PASTED = """\ufeff[ti:Name]\r
[Куплет 1: Анна]\r
[Am]Свети́т [G]месяц\r
[00:12.00]ясный — месяц (x2)\r
\r
Припев:\r
(ля-ля-ля)\r
Both: two & 3\r
今日は\r
♪"""


async def lyrics(client: httpx.AsyncClient, song: Song) -> dict[str, Any]:
    answer = await client.get(f"/v1/tracks/{song.track_id}/lyrics")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def patch(client: httpx.AsyncClient, song: Song, edit: dict[str, Any]) -> LyricsUpdated:
    version = (await lyrics(client, song))["version"]
    path = f"/v1/tracks/{song.track_id}/lyrics"
    answer = await client.patch(path, json=edit, headers={"If-Match": f'"v{version}"'})
    assert answer.status_code == 201, answer.text
    event = (await song.events())[-1]
    assert isinstance(event, LyricsUpdated)
    return event


async def test_what_is_not_sung_is_kept_out_of_the_words_and_comes_back_as_it_was_pasted(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    read = await lyrics(client, await imported(gateway, client, PASTED))
    assert read["sourceText"] == PASTED
    assert [(line["text"], line["written"], line["singers"], line["role"], line["sung"]) for line in read["lines"]] == [
        ("", "[ti:Name]", None, None, False),
        ("", "[Куплет 1: Анна]", None, None, False),
        ("Свети́т месяц", "[Am]Свети́т [G]месяц", ["анна"], None, True),
        ("ясный — месяц", "[00:12.00]ясный — месяц (x2)", ["анна"], None, True),
        ("", "Припев:", None, None, False),
        ("(ля-ля-ля)", None, None, "backing", True),
        ("two & 3", "Both: two & 3", ["both"], None, True),
        ("今日は", None, ["both"], None, True),
        ("", "♪", None, None, False),
    ]
    assert read["singers"] == [{"id": "анна", "name": "Анна"}, {"id": "both", "name": "Both"}]
    assert [word["text"] for word in read["lines"][7]["words"]] == ["今", "日", "は"]


async def test_the_same_text_and_the_same_lines_change_nothing(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client, PASTED)
    read = await lyrics(client, song)
    assert (await patch(client, song, {"lyrics": read["sourceText"]})).lines_changed == 0
    assert (await patch(client, song, {"lines": read["lines"]})).lines_changed == 0
    again = await lyrics(client, song)
    assert (again["version"], again["lines"], again["singers"]) == (3, read["lines"], read["singers"])
    assert again["sourceText"] == "\n".join(line["written"] or line["text"] for line in read["lines"])


async def test_another_mark_changes_only_its_line(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client, PASTED)
    read = await lyrics(client, song)
    event = await patch(client, song, {"lyrics": PASTED.replace("Припев:", "[Бридж]")})
    assert event.changed_line_ids == (read["lines"][4]["id"],)


async def test_lines_of_an_aligned_song_are_sent_back_with_their_marks(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client, PASTED)
    await song.publish()
    lines = (await lyrics(client, song))["lines"]
    lines[3]["text"], lines[3]["words"] = "ясная луна", None
    event = await patch(client, song, {"lines": [*lines, {"text": "[Конец] и всё (x2)"}]})
    read = await lyrics(client, song)
    assert event.changed_line_ids == (lines[3]["id"], read["lines"][9]["id"])
    assert read["lines"][3]["written"] == "[00:12.00]ясная луна (x2)"
    assert (read["lines"][9]["text"], read["lines"][9]["written"]) == ("и всё", "[Конец] и всё (x2)")
