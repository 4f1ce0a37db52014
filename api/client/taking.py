"""Free time before the next sale, taken on a served market."""

from api.client.asking import fresh_key, part
from api.client.deciding import Decider
from api.wire.taking import ExtendBody, ExtendedReservation, TakeBody, TakenReservation


class Taker(Decider):
    """A served market, for whoever takes what is free there."""

    def take_reservation(
        self, body: TakeBody, *, key: str = "", dry_run: bool = False
    ) -> TakenReservation:
        """Take free time at once; ``key`` is the request's own."""
        key = key or fresh_key()
        path = "/v1/reservations"
        return self._write(TakenReservation, "POST", path, body, key=key, dry_run=dry_run)

    def extend_reservation(
        self, reservation: str, body: ExtendBody, *, key: str = "", dry_run: bool = False
    ) -> ExtendedReservation:
        """Let a reservation last longer."""
        path = f"/v1/reservations/{part('reservation', reservation)}:extend"
        key = key or fresh_key()
        return self._write(ExtendedReservation, "POST", path, body, key=key, dry_run=dry_run)
