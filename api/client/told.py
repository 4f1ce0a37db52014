"""What is said of an answer that is no success, and of silence."""

import json
import ssl
from typing import Final

import httpx2

from api.client.failures import Refused, Unserved

LETTERS_MAX: Final = 200


def of_answer(address: str, answer: httpx2.Response) -> Refused | Unserved:
    """What an answer that is no success tells."""
    try:
        problem = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        return no_market_there(address, answer)
    return Refused.of({"status": answer.status_code} | problem)


def no_market_there(address: str, answer: httpx2.Response) -> Unserved:
    """Something answers there that is no market."""
    kind = answer.headers.get("content-type", "").partition(";")[0] or "nothing"
    said = f"{answer.status_code}, {kind}"
    if elsewhere := answer.headers.get("location", ""):
        said = f"{answer.status_code}, it points to {elsewhere[:LETTERS_MAX]}"
    detail = f"{address} answers, but not as a market does ({said}); is the address right?"
    return Unserved("not-a-service", address, detail)


def not_understood(address: str, flaw: str) -> Unserved:
    """An answer that this program cannot read."""
    detail = (
        f"what {address} answered cannot be read: {flaw[:LETTERS_MAX]}; this program and the "
        "service may be of different versions"
    )
    return Unserved("not-a-service", address, detail)


def never_sent(lost: httpx2.TransportError) -> bool:
    """Whether the service cannot have seen the request."""
    return isinstance(lost, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)


def untrusted(lost: BaseException) -> str:
    """What is wrong with the service's certificate, or an empty string."""
    cause: BaseException | None = lost
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return str(getattr(cause, "verify_message", "") or cause.reason or cause)
        cause = cause.__cause__ or cause.__context__
    said = str(lost)
    return said if "CERTIFICATE" in said or "SSL" in said else ""


def of_silence(address: str, lost: httpx2.TransportError, *, sent: bool, safe: bool) -> Unserved:
    """Nobody answered: what was lost, and what that means for the request.

    ``sent``: whether the service may have seen it; ``safe``: whether a repeat does nothing twice.
    """
    if flaw := untrusted(lost):
        detail = f"{address} cannot be trusted, so that nothing was sent: {flaw}"
        return Unserved("unreachable", address, detail)
    said = (str(lost) or type(lost).__name__).lower()
    if not sent:
        detail = f"nobody answers at {address}: {said}; nothing was sent"
        return Unserved("unreachable", address, detail)
    meaning = "it may be sent again" if safe else "look whether it was done, before you repeat"
    return Unserved("no-answer", address, f"{address} gave no answer: {said}; {meaning}")
