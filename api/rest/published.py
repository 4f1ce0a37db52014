"""What is the same to all who ask: made once, until what it is made of changes."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fastapi import Response

from api.wire.shape import Shape

T = TypeVar("T")
KEPT_MOST: Final = 128


@dataclass(slots=True)
class Published:
    """Answers, or what pages show, by what was asked: each with the version of what it was made of.
    The one that was asked for longest ago makes room."""

    answers: dict[Hashable, tuple[object, Any]] = field(default_factory=dict)
    _mind: threading.Lock = field(default_factory=threading.Lock)

    def kept(self, asked: Hashable, version: object, make: Callable[[], T]) -> T:
        """What is answered to ``asked``, which with ``version`` names all that it depends on. Each
        asker gives the version that they see: an answer of another is made anew."""
        with self._mind:
            known = self.answers.pop(asked, None)
            if known is not None:
                self.answers[asked] = known
        if known is not None and known[0] == version:
            found: T = known[1]
            return found
        made = make()
        with self._mind:
            self.answers.pop(asked, None)
            while len(self.answers) >= KEPT_MOST:
                del self.answers[next(iter(self.answers))]
            self.answers[asked] = version, made
        return made

    def answer(self, asked: Hashable, version: object, make: Callable[[], Shape]) -> Response:
        """As ``kept``, of a shape, as it is sent."""
        body = self.kept(asked, version, lambda: make().model_dump_json().encode())
        return Response(body, media_type="application/json")
