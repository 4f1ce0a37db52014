"""A text that is no plain one is refused wherever it comes, and nothing else with it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.command import Advance
from marketplace.domain.team import Team
from marketplace.domain.text import checked_texts, is_plain
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField
from marketplace.services import order
from marketplace.services.runner import Runner
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    NOW,
    a_market,
    answers,
    assert_clean,
    maintain,
    option,
    request,
)

BAD = ("a\nb", "a\rb", "\x00", "a\x1b[2J", "\udcff", "\ud800", "a\u2028b", "\x85", "a\u202eb", "\t")
GOOD = ("", "LLM base 7", "東京", "Ωμέγα", 'naïve – “quoted” \\ "x"', "👩\u200d🚀", "e\u0301")


@pytest.mark.parametrize("text", BAD)
def test_lines_control_characters_and_halves_of_letters_are_no_plain_text(text: str) -> None:
    assert not is_plain(text)
    with pytest.raises(BadField, match=r"project is .*text in one line") as caught:
        checked_texts(Tags(project=text))
    str(caught.value).encode("ascii")


@pytest.mark.parametrize("text", GOOD)
def test_all_letters_of_the_world_are(text: str) -> None:
    assert is_plain(text)
    checked_texts([{text: Tags(theme=text)}, 7, None])


@given(st.characters())
def test_what_is_plain_can_be_written_on_one_line(letter: str) -> None:
    if is_plain(letter):
        assert letter.encode("utf-8").decode() == letter
        assert len(f"a{letter}b".splitlines()) == 1


@pytest.mark.both
@pytest.mark.parametrize("text", ["x\x00", "y  9.99\nz", "\udcff"])
def test_one_of_a_batch_is_refused_by_itself(text: str) -> None:
    store = a_market()
    bad = replace(request("nlp", "b", option(5)), tags=Tags(project=text))
    first, refusal, last = answers(
        store, request("nlp", "a", option(5)), bad, request("nlp", "c", option(5))
    )
    assert isinstance(refusal, BadField)
    assert refusal.field == "project"
    assert not isinstance(first, Exception)
    assert not isinstance(last, Exception)
    [tried] = order.try_out(store, [replace(bad, key="d")], NOW)
    assert isinstance(tried, BadField)
    [keyed] = answers(store, request("nlp", text, option(5)))
    assert isinstance(keyed, BadField)
    assert keyed.field == "key"
    assert_clean(store)


def test_it_is_refused_at_every_command() -> None:
    store = a_market()
    for write in (
        lambda: hands.enrol(store, [Team(id="late", name="La\nte", created_at=NOW)]),
        lambda: maintain(store, "m\udcff", NOW, 1, 1, NOW),
        lambda: hands.make_token(store, "mia\n", "gpm_mia", NOW, "member:nlp"),
    ):
        with pytest.raises(BadField):
            write()
    with pytest.raises(BadField, match="key is"):
        Runner(store).run(Advance(), by=hands.ROOT, at=NOW, key="a\x00")
    assert_clean(store)
