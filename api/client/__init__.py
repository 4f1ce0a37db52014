"""A served market, from a program: typed, and safe to try again.

failures: what a client is told in place of an answer
sending: send a request, and again where that is safe
served: the market's nouns, as methods
"""

from api.client.failures import Refused, Unserved
from api.client.sending import Patience
from api.client.served import Client

__all__ = ["Client", "Patience", "Refused", "Unserved"]
