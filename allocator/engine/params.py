"""The numbers that tune the engine: what it may look at, how long, how boldly.

None of them touches what is sound: they move surplus, bounds and time, and with them the bytes of
an answer. So equal bytes ask for equal numbers as well as for equal problem, rules and seed.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParams:
    """All of them. A **unit** is the unit of work of ``allocator.clearing``, about 40 µs of a core;
    a **column** is an option at one start; a **share** lies between 0 and 1.

    Where no measurement is named, the number was chosen by hand; it is not tuned. What only guards
    64-bit sums, memory or the noise of floats is no tuning, and stands in the code.
    """

    # What costs how many units. Each was set so that a unit stays near 40 µs.

    columns_per_look_unit: int = 8_000
    """A look at prices costs 1 + columns / this. Measured: one at 1,738,782 columns, 218 units,
    took 12 ms of one core, 8 ms on two (docs/engine.md)."""
    columns_per_pivot_unit: int = 3_000
    """A pivot of the large LP costs 1 + columns / this, until ``many_pivot_units`` takes over; a
    column of many legs counts as so many. Or pools × slots / this, where those are more."""
    many_pivot_units: int = 8
    columns_per_many_pivot_unit: int = 6_000
    """And at most 1 + many_pivot_units + columns / this: of many columns, most are not looked at
    each time."""
    columns_per_loading_unit: int = 20
    """GLOP takes the model in anew for each solution of a dive: 1 + columns / this units."""
    units_per_tree_pivot: int = 4
    """A pivot of the tree's LP, smaller but with cuts."""
    units_per_tree_solve: int = 100
    """And each solution of it, for what is done around the pivots."""
    units_per_cp_sat_second: int = 50_000
    """In one of CP-SAT's deterministic seconds."""
    columns_per_model_unit: int = 2
    """To write a choice down for CP-SAT: 1 + columns / this units."""
    units_per_scip_node: int = 150
    search_steps_per_unit: int = 1_000
    """The compiled search counts steps: slots passed, awards taken back and tried. So many in a
    unit, in each part, where few bids make few cache misses; in general
    search_steps_per_unit × cached_bids / (cached_bids + bids)."""
    cached_bids: int = 20_000
    """So many more bids, and a step takes as long again: memory is far away."""

    # Prices climb with excess demand: price × exp(step × excess / capacity), e-fold at most.

    climb_rounds: int = 1_500
    climb_rounds_few: int = 500
    """Looks at prices, where columns are ``climb_few_columns`` or fewer: the LP is soon solved to
    its end after them."""
    climb_few_columns: int = 10_000
    climb_first_step: float = 0.5
    climb_halvings: float = 50.0
    """In round r of R the step is climb_first_step / (1 + climb_halvings × r / R): half as long
    after the fiftieth part of the rounds, a third after two of them, and so on."""
    climb_least_price: float = 1e-3
    """Of the mean value of a unit and slot: a price from which one can climb by factors."""
    climb_dust_shares: tuple[float, ...] = (0.3, 0.1, 0.03, 0.01, 0.003)
    """Of the dearest price above the reserve: prices below are put back to the reserve, by the
    first of these that loses nothing."""
    look_parts: int = 2
    """Parts of the bids that are looked at side by side: one for each core of a small machine."""
    shared_columns: int = 50_000
    """With fewer, handing the parts out costs more than it saves."""

    # The linear programme over the undecided bids.

    ascent_share: float = 0.2
    """Of the work, at most, for climbing."""
    lp_share: float = 0.5
    """Of what is left then, for the LP."""
    sparse_lp_share: float = 0.1
    """The same where few bids share a slot: there the LP's plan is hardly whole."""
    crowded_bids: int = 5
    """Bids for each pool and slot, above which many share one."""
    whole_lp_columns: int = 10_000
    """Up to so many columns, all enter the LP at once, without any climbing."""
    exact_lp_columns: int = 100_000
    """With more, the last hundred-thousandth of the bound is not worth its time."""
    near_share: float = 1e-3
    """Of its value: a column that lacks no more to its bid's best enters first. A third, a tenth
    of it and none are tried where too many do."""
    enter_most_columns: int = 4_000
    """In one go, and two for each bid."""
    wanted_more: float = 1e-7
    """Of its value: by how much a column must beat its bid's dual to enter later."""
    fine_held: float = 0.02
    """Share of each price by which a round of the LP may move it, up to ``exact_lp_columns``.
    Measured at 20,000 bids: free, a round took half a minute; so held, a few of seconds come
    within a hundred-thousandth of the optimum."""
    fine_settled: int = 500
    """With so many columns to each one that enters, prices need not be held any more."""
    coarse_held: float = 0.1
    """The two for more columns: one good plan is worth more than the last of the bound, and held
    tighter it overfills its slots."""
    coarse_settled: int = 20
    plans_kept: int = 3
    """Plans of the LP's last rounds from which construction starts."""
    step_units: int = 15_000
    """Of pivots between two questions whether to stop; 500 pivots at least. GLOP takes the model in
    anew after each."""
    buyers_end: float = 1e-7
    """Capacity grows by this share in the LP: among equal optima its duals are those with the
    least price × capacity, the buyers' end, by complementary slackness."""

    # Dives: starts for a search out of the LP.

    dives: int = 4
    dives_share: float = 0.25
    """Of a search's work."""
    dive_great_share: float = 0.1
    """Of the columns, by value: what a dive decides."""
    dive_batch_share: float = 0.1
    """Of those that the LP takes in part: how many are rounded up between two of its solutions."""
    dive_noise: float = 0.2
    """Deviation of the logarithm by which their order is left to chance: share × √value ×
    exp(dive_noise × normal)."""

    # Published prices.

    face_columns: int = 2_000
    face_cells: int = 120
    """Up to so many columns and priced cells, prices are settled lexicographically by an LP."""
    face_tried_every: int = 20
    """Cells settled, between two tries whether the rest is settled by that."""
    polish_columns: int = 1_500_000
    """Columns priced, at most, in stepping whole prices by one micro-credit."""

    # Construction and search.

    size_powers: tuple[float, ...] = (0.5, 0.85, 0.2, 0.35, 0.65, 0.75, 1.0)
    """Plain orders are by value / size^power: 0 orders by value alone, 1 by value for each unit
    and slot. Tried in this order, after the order by value for each credit of price."""
    simple_powers: tuple[float, ...] = (0.0, 0.5, 1.0)
    """Orders that a search never begins below: by value, by value / √size, by value / size."""
    few_orders: int = 3
    """The first so many orders alone, where an exact choice follows."""
    start_passes: int = 3
    """Over the winners, to their cheapest starts: one that moves makes room for others, and few
    move late."""
    search_parts: int = 2
    """Searches side by side, each in pools of its own: one for each core of a small machine."""
    search_round_units: int = 2_500
    """A tenth of a second: then pools are dealt out anew, and ``stop`` is asked."""
    search_first_moves: int = 500
    """Moves of the first round, before it is known how many fill one."""
    ruin_most_awards: int = 50
    """Awards taken back in a move: evenly, from 1 to this."""
    refill_draws: int = 24
    """Bids without an award drawn in a move, to try in the room that it made."""
    first_heat: float = 0.1
    """Of the mean gain of an award: the loss that is kept with chance 1/e, at first. A search of
    few units for each bid has no time to cool down, so it begins cooler: the first heat is
    first_heat × mean gain × min(1, units / (long_units × bids))². With half of ``long_units`` for
    each bid it begins a quarter as hot, with a tenth a hundredth, with ``long_units`` or more in
    full."""
    long_units: int = 100
    """Units for each bid that make a search a long one."""
    last_heat: float = 0.01
    """Of the first heat, where all effort is spent: heat × last_heat^(share spent)."""
    calm_share: float = 0.2
    """Of the effort, the last of it: on from the best met, and nothing is lost any more."""
    hopeful_ratio: float = 0.6
    """An option worth less than this share of its price is never drawn in a search."""
    buckets_most: int = 4_096
    """Lists of options by row and stretch of time, at most; and about 24 stretches at most."""
    size_dust: float = 0.05
    """Of the mean price, added for every unit and slot, so that nothing is free in a size that
    ranks."""

    # How the effort is shared out between search and proof.

    easy_columns: int = 500
    """With no more, the exact choice comes at once, and no search."""
    provable_columns: int = 10_000
    """With more, searching earns more than a try at a proof."""
    first_units: int = 1_000
    """Of search before the first try at a proof: a loose market is proven at once."""
    first_share: float = 0.15
    """Of the work, for the first try."""
    near_gap: float = 1e-3
    """Proven by the first try: so near, a proof finds what is left, and a search seldom does."""
    near_try_share: float = 0.5
    """Of what is left, for another try at once where the first one came so near."""
    search_share: float = 0.5
    """Of what is left then, for a better start of the second try."""
    trials_share: float = 0.75
    """Of a search's effort, for short trials from several starts. Measured with 300 bids and 60 s:
    without trials they reached less than a general solver, with them they pass it."""
    trial_least_units: int = 10
    """For each bid: a shorter trial tells too little."""
    trial_most_units: int = 80
    """For each bid: rather another trial than a longer one."""

    # Proof.

    proof_columns: int = 20_000
    """That can matter: with more, no proof is tried unless the payment rule asks for one."""
    part_columns: int = 150
    """Parts that share nothing are proven each by itself; up to so many columns, together."""
    parts_share: float = 0.8
    """Of the work, for the first try where there are several parts: there a solver finds what no
    search does. Measured on six parts of 330 columns, which a search left 10 % short: all proven
    within half of the default work."""
    crossing_legs: int = 4
    """Legs of a column, in the mean: with as many, the linear programme tells little, and CP-SAT
    does without it. Measured on the six parts named above: with it two took more than 33,000 units,
    without it the slowest took 30,000."""
    tied_columns: int = 400
    """With no more, all choices that gain as much are compared by the tie order."""
    tied_units: int = 25_000
    """For that comparison."""
    cut_rounds: int = 30
    """Of cover cuts at the root of the tree, at most."""
    cut_violated: float = 0.02
    """By how much the LP's shares must break a cut for it to be added."""
    cut_weak_part: int = 50_000
    """A round that lowers the bound by less than this part of it is weak."""
    cut_weak_rounds: int = 3
    """In a row, after which one more ends the cutting."""
    split_candidates: int = 6
    """Bids tried in full before a case is split by the one whose halves fall most."""
    scip_columns: int = 3_000
    """With more, SCIP's root alone takes many seconds."""
    scip_entries: int = 50_000
    """Of columns in limits: with more, its root takes minutes, and hears nothing meanwhile.
    Measured with 1,500 bids for 84 goods each, 126,000 entries."""
    scip_least_units: int = 50_000
    """With less, it hardly leaves its root."""
    early_units: int = 150_000
    """CP-SAT's answer counts before SCIP's where it is found within these: three of CP-SAT's
    deterministic seconds."""

    # Payments and answers.

    core_columns: int = 10_000
    """With more, VCG and core payments are refused."""
    core_rounds: int = 2_000
    """Coalitions, after which core payments are refused."""
    raise_near_ucr: int = 10_000
    """How near a search for the least raise comes to it (0.01 credit), or"""
    raise_near_part: int = 100
    """this part of the amount, whichever is more."""


PARAMS: Final = EngineParams()
"""The numbers of every clearing that names no others."""
