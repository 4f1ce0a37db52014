"""Answers that are the same to all who ask: made once, until what they are made of changes."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from fastapi import Response

from api.wire.shape import Shape

KEPT_MOST: Final = 128


@dataclass(slots=True)
class Published:
    """Answers as bytes, by what was asked: each with the version of what it was made of. The one
    that was asked for longest ago makes room."""

    answers: dict[Hashable, tuple[object, bytes]] = field(default_factory=dict)
    _mind: threading.Lock = field(default_factory=threading.Lock)

    def body(self, asked: Hashable, version: object, make: Callable[[], bytes]) -> bytes:
        """What is answered to ``asked``, which with ``version`` names all that it depends on. Each
        asker gives the version that they see: an answer of another is made anew."""
        with self._mind:
            known = self.answers.pop(asked, None)
            if known is not None:
                self.answers[asked] = known
        if known is not None and known[0] == version:
            return known[1]
        made = make()
        with self._mind:
            self.answers.pop(asked, None)
            while len(self.answers) >= KEPT_MOST:
                del self.answers[next(iter(self.answers))]
            self.answers[asked] = version, made
        return made

    def answer(self, asked: Hashable, version: object, make: Callable[[], Shape]) -> Response:
        """As ``body``, of a shape."""
        body = self.body(asked, version, lambda: make().model_dump_json().encode())
        return Response(body, media_type="application/json")
