"""How evenly amounts lie over teams: Jain, Gini, concentration."""

from collections.abc import Iterable, Sequence


def jain(received: Sequence[float]) -> float | None:
    """Jain's index (Σx)² / (n Σx²): 1 where all have alike, 1/n where one has all.

    >>> jain([1.0, 1.0, 2.0]), jain([0.0, 0.0])
    (0.8888888888888888, None)
    """
    squares = sum(one * one for one in received)
    return sum(received) ** 2 / (len(received) * squares) if squares else None


def gini(received: Sequence[float]) -> float | None:
    """Gini's coefficient Σᵢ Σⱼ |xᵢ - xⱼ| / (2 n² mean): 0 where all have alike.

    >>> gini([1.0, 1.0, 2.0]), gini([])
    (0.16666666666666666, None)
    """
    total, count = sum(received), len(received)
    if not total:
        return None
    ranked = sum((2 * rank - count - 1) * one for rank, one in enumerate(sorted(received), 1))
    return ranked / (count * total)


def concentration(amounts: Iterable[int]) -> float | None:
    """The Herfindahl-Hirschman index, the sum of squared parts: 1 where one team has all.

    >>> concentration([3, 1]), concentration([0])
    (0.625, None)
    """
    each = list(amounts)
    total = sum(each)
    return sum((one / total) ** 2 for one in each) if total else None
