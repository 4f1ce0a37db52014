"""What the service's OpenAPI document says beside its routes: the problems that each may answer."""

from typing import Any, Final

from fastapi import FastAPI

from api.rest.problems import MEDIA_TYPE

Document = dict[str, Any]

PROBLEM: Final[Document] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457), with all else that it knows, by names that depend on its "
    "`code`: docs/refusals.md has them.",
    "required": ["type", "title", "status", "detail", "code"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for people."},
        "code": {"type": "string", "description": "What programs go by: it stays."},
        "reason": {"type": "string", "description": "Which of a code's causes it is."},
        "field": {"type": "string", "description": "Which field fails."},
        "value": {"description": "What stood there."},
    },
    "examples": [
        {
            "type": "/problems/bad-field",
            "title": "Bad field",
            "status": 422,
            "detail": "quantity is '3': h100 sells multiples of 8",
            "code": "bad-field",
            "field": "options[0].legs[0].quantity",
            "value": 3,
            "reason": "not-a-multiple",
        }
    ],
}

ALWAYS: Final = {
    401: "No token, or one that nobody is known by any more.",
    403: "The roles of the token do not allow it.",
    404: "There is no such thing, or it is another team's.",
    422: "A value that cannot be: which field, and why.",
    429: "Too many requests; `Retry-After` says when to ask again.",
    503: "The database is busy or away; ask again.",
}
ON_WRITES: Final = {
    400: "The body is no JSON, or the key is missing.",
    402: "The team's free credits do not cover it.",
    409: "Not now: its state forbids it, a name is taken, or the same key is being worked on.",
    413: "The body is too large.",
}
ON_CHANGES: Final = {412: "Somebody changed it since the ETag that was sent."}
WRITES: Final = ("post", "put", "patch", "delete")
NEEDED: Final = "x-needed"
"""Marks a parameter that the framework need not have, but the operation does."""

OF_FRAMEWORK: Final = ("HTTPValidationError", "ValidationError")


class Described(FastAPI):
    """A service whose document names the problems that its operations answer."""

    def openapi(self) -> Document:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in OF_FRAMEWORK:
                schemas.pop(name, None)
            schemas["Problem"] = PROBLEM
            for path in document["paths"].values():
                for method, operation in path.items():
                    _add_problems(method, operation)
                    _require(operation)
            self.openapi_schema = document
        return self.openapi_schema


def _require(operation: Document) -> None:
    for one in operation.get("parameters", ()):
        if one["schema"].pop(NEEDED, False):
            one["required"] = True
            one["schema"].pop("default", None)


def _add_problems(method: str, operation: Document) -> None:
    told = dict(ALWAYS)
    if method in WRITES:
        told |= ON_WRITES
    if any(one["name"] == "if-match" for one in operation.get("parameters", ())):
        told |= ON_CHANGES
    operation["responses"].pop("422", None)
    for status, description in sorted(told.items()):
        schema = {"$ref": "#/components/schemas/Problem"}
        content = {MEDIA_TYPE: {"schema": schema}}
        operation["responses"][str(status)] = {"description": description, "content": content}
