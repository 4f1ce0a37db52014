"""Refusals of one request among many."""

from typing import Any, Protocol, Self

from pydantic import ConfigDict, SerializerFunctionWrapHandler, model_serializer

from api.wire.shape import Shape


class Telling(Protocol):
    """A refusal, of the market here or of one that is served."""

    @property
    def code(self) -> str:
        """Its stable code."""

    def fields(self) -> dict[str, object]:
        """What is wrong as JSON has it."""


class Refusal(Shape):
    """A refused request of a batch: its key, the field that fails, and all else that the refusal
    knows, by names that depend on its code."""

    model_config = ConfigDict(extra="allow")

    key: str
    code: str
    message: str

    @classmethod
    def of(cls, key: str, refusal: Telling, message: str) -> Self:
        """A refusal as data, said in the door's words: ``message``."""
        return cls.read(
            {"key": key, "code": refusal.code} | refusal.fields() | {"message": message}
        )

    @model_serializer(mode="wrap")
    def _message_last(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        facts: dict[str, Any] = write(self)
        return facts | {"message": facts.pop("message")}
