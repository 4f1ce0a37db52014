"""The bare route that the service is held against: FastAPI, one row written a request, in a
transaction of its own, with the engine that the market has.

``python -m tests.bench.bare DATABASE PORT``
"""

import sys
from typing import Any

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, Request

from marketplace.store.engine import connect

METADATA = sa.MetaData()
BARE = sa.Table(
    "bare",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("body", sa.String, nullable=False),
)


def app(database: str) -> FastAPI:
    """The service: a route that writes a row, one that reads a row."""
    store = connect(database)
    with store.begin() as tx:
        METADATA.create_all(tx.connection())
    made = FastAPI()

    @made.post("/bare", status_code=201)
    def write(body: dict[str, Any]) -> dict[str, Any]:
        with store.begin() as tx:
            done = tx.connection().execute(BARE.insert().values(body=str(body)))
            [made] = done.inserted_primary_key or [None]
            return {"id": made, "body": body}

    @made.get("/bare")
    def read(request: Request) -> dict[str, Any]:
        with store.read() as tx:
            row = tx.connection().execute(sa.select(BARE).order_by(BARE.c.id.desc()).limit(1)).one()
            return {"id": row.id, "query": str(request.query_params)}

    return made


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
