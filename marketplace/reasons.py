"""What can be wrong, by a stable slug: each with its sentence, whose blanks a refusal's facts fill.

Doors may say it in their own words; programs read the slug and the facts.
"""

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    # numbers, texts, choices
    "above-most": "at most {most}",
    "count-out-of-range": "give {least} to {most}",
    "credits-out-of-range": "credits from {least} to {most}",
    "letters-out-of-range": "give {least} to {most} letters",
    "no-name": "give a name or address, up to {most} letters",
    "no-unit": "say what is sold: gpu, expert",
    "not-a-name": "use 1 to {most} of a-z, 0-9, '.', '_', '-', beginning with a-z or 0-9",
    "not-a-number": "it must be a whole number",
    "not-an-etag": "send an ETag as it was answered",
    "not-a-place": "that is no place in this list",
    "not-an-id": "give an id like {like}",
    "not-one-of": "one of {choices}",
    "out-of-range": "a whole number from {least} to {most}",
    "too-long": "at most {most} letters",
    "uncountable": "it must be above zero, and no more than the market can count",
    # times
    "before-closing": "the next cycle closes at {closes_at}",
    "before-earliest": "it is before the earliest start, {earliest_start}",
    "before-its-sale": "its starts are on sale from the cycle on that closes at {closes_at}",
    "before-overdue-sale": "cycle {cycle} closed at {closed_at} and has not run yet; if it runs "
    "now it sells from {sale_start} on",
    "before-sale": "the next cycle sells from {sale_start} on",
    "before-minimum": "it is sooner than the minimum runtime, even from now on",
    "ended-already": "the grant would have ended already",
    "in-the-past": "it is in the past",
    "no-offset": "give the offset to UTC, like 2026-11-23T08:00Z",
    "not-after-start": "{what} must end after its start, {start}",
    "not-priced": "{cycle} priced {start} to {end}",
    "not-standing": "only a standing order has an end; any other ends with its cycle",
    "off-the-slots": "slots are {slot}: {before} or {after}",
    "split-seconds": "give whole seconds",
    "too-far-ahead": "at most {days} days ahead of the next sale, {sale_start}",
    # durations
    "minimum-out-of-range": "a minimum runtime is from 0 to {most}",
    "not-slots": "whole slots of {slot}, at most {most}",
    "longer-than-longest": "a time-box is at most {most}",
    # capacity
    "fewer-there": "{pool} has at most {most} units in that time",
    "never-so-many": "{pool} never has more than {most} in that window: {there}",
    "never-so-many-on-spot": "{pool} never has more than {most} units for spot",
    "no-room": "no start in that window has all its units for so long: {there}",
    "not-a-multiple": "{pool} sells multiples of {block_size}",
    "not-held": "it holds {most} units in all that time",
    "nothing-left": "it has no units in whole future slots before its end or the end given",
    "overlapping": "no start in that window has all its units: its legs overlap in one pool",
    # credits
    "below-floor": "{pool} is never cheaper than its floor, {floor} an hour",
    "below-present": "it is below the present one, {limit}; while it runs a limit can only be "
    "raised: stop it, and request anew",
    "told-to-leave": "it was told to leave; ask anew",
    "too-much-in-all": "all grants together stay below {most} credits",
    # rules, roles, heads, addresses
    "no-such-controller": "no controller can be made so: {because}",
    "no-such-rule": "no such rule",
    "not-a-divisor": "it must divide {whole}",
    "changes-nothing": "the rules of version {version} are so already",
    "stays": "it stays what it was when the market opened, {value}",
    "not-whole": "it must be whole {steps}",
    "not-a-head": "that is no head of a journal",
    "ran-on-real-clock": "this database has run on the real clock; take a new one",
    "runs-on-manual-clock": "this database runs on the manual clock: serve it on that",
    "not-an-address": "give a file name, sqlite:///FILE, or postgresql://USER@HOST/NAME",
    # tokens
    "is-bearer": "that token is no sign-in link's: send it with each request",
    "is-calendar": "that token is a calendar's address: it is good for reading that alone",
    "is-sign-in": "that token is good for signing in, once: exchange it first",
    "lives-too-long": "a token is good for at most {days} days",
    "no-key": "send a key of your own with it, so that it can be sent again",
    "no-role": "give at least one role",
    "no-such-token": "nobody is known by that token",
    "no-token": "no token was sent",
    "not-a-calendar": "only a calendar's token names a pool",
    "not-a-hash": "it must be a SHA-256 in hexadecimal digits",
    "not-a-persons-role": "no person can have that role",
    "token-expired": "that token was good until {at}",
    "token-revoked": "that token was revoked at {at}",
    "token-used": "that sign-in link was used at {at}; ask for another",
    "not-one-team": "a team's calendar has one role, in that team",
    "role-elsewhere": "member and lead are roles in a team, all others in the organisation",
    "several-legs": "it has several options or legs, and this changes one",
    # events
    "audience-differs": "{kind} is for {audience}",
    "no-such-kind": "a kind of event like order.filled, or all of one of {nouns}",
    "not-a-list": "it must be a list",
    "not-a-time": "a time must be like 2026-11-24T08:00:00Z",
    "not-credits": "credits must be decimal text with up to 6 digits after the point",
    "not-kept-long": "event {first} is not there, or not yet {days} days old",
    "not-text": "it must be text",
    "not-there-yet": "the newest event is {newest}",
    "not-these-names": "it must have {names}, and nothing else",
    "unknown-kind": "this program knows no such kind of event",
    "unknown-version": "this program knows version {known} of {kind}",
    # states
    "begun": "only one that has not begun can be cancelled",
    "being-cleared": "cycle {cycle} is clearing it; try again when that is settled",
    "changed-since": "it was changed since version {seen}, and is version {version} now",
    "ended": "it has ended",
    "not-cleared": "its files are published when it is cleared",
    "not-live": "only a scheduled or active one can be released",
    # the books: each follows the name of what contradicts them
    "added-twice": "would be added twice",
    "below-zero": "would fall to {left} credits by {transfer}",
    "by-no-command": "would be written by no command",
    "emptied-twice": "or another of {holds} would be emptied twice",
    "holds-nothing": "is {state} and holds nothing",
    "no-transfer": "is no transfer ({because})",
    "twice-at-once": "stands twice in one batch",
    # databases
    "damaged": "the file is damaged",
    "database-says": "{said}",
    "disk-full": "the disk is full",
    "file-damaged": "a stored file is damaged ({because})",
    "locked": "another process has been writing for {seconds} s; try again",
    "newer-program": "a newer program made it (this one knows {known})",
    "never-initialised": "it was never initialised",
    "no-such-file": "there is no such file",
    "no-such-host": "there is no host of that name",
    "no-such-name": "there is no such database, user or table on the server",
    "no-server": "no PostgreSQL server answers there",
    "no-tables": "it is no market database, or was never initialised",
    "not-a-market": "the file is not a market database",
    "not-opened": "it cannot be opened (does the folder exist, may you write there?)",
    "older-program": "this program needs {known}",
    "read-only": "it is read-only",
    "silent": "it does not say why",
    "user-refused": "the server refuses the user or its password",
}


def sentence(reason: str, facts: Mapping[str, str]) -> str:
    """A reason in words. Raises ``KeyError`` where it is unknown, or lacks a fact."""
    return REASONS[reason].format_map(facts)
