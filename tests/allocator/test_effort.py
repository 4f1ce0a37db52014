"""What a clearing may spend: by count, or by a caller's clock; and what its caller hears."""

from allocator.engine.effort import Effort, News, never


def test_work_is_counted_in_a_part_and_in_the_whole() -> None:
    whole = Effort(100, never)
    whole.spend(20)
    part = whole.part(0.5)
    part.spend(10)
    assert (part.left, whole.spent, whole.left) == (30, 30, 70)
    part.spend(50)
    assert part.over
    assert (part.left, whole.left) == (0, 20)


def test_where_the_caller_has_a_clock_time_is_what_goes_by() -> None:
    """All of it is used: what was counted ends nothing, however much it was."""
    left = [1.0]
    whole = Effort(100, never, pace=lambda: left[0])
    left[0] = 0.75
    whole.spend(1_000)
    assert (whole.spent, whole.left, whole.over) == (25, 75, False)
    part = whole.part(0.5)
    inner = part.upto(10).quiet()
    assert (part.work, part.left, inner.left) == (37, 37, 10)
    left[0] = 0.625
    assert (part.left, inner.over) == (25, True)
    left[0] = 0.0
    assert part.over
    assert whole.over


def test_the_best_and_the_least_bound_are_heard_where_they_are_new() -> None:
    heard = list[tuple[int, int | None]]()
    news = News(lambda best, bound: heard.append((best, bound)), per_ucr=2)
    effort = Effort(100, never, news=news)
    effort.part(0.5).news.found(10)
    news.found(9)
    news.proven(21)
    news.proven(30)
    effort.quiet().news.found(99)  # of a part alone
    effort.news.proven(20)
    assert heard == [(5, None), (5, 11), (5, 10)]


def test_without_a_listener_nothing_is_kept() -> None:
    news = News()
    news.found(5)
    news.proven(4)
    assert (news.best, news.bound) == (0, None)
