"""Sets of amounts with a given sum, found within fixed limits.

Amounts are whole numbers (minor units of one currency), so that no sum is ever
compared with rounding.
"""

from bisect import bisect_left, bisect_right
from itertools import combinations
from math import comb
from typing import NamedTuple


class SubsetSearch(NamedTuple):
    """What a search found.

    :param solutions: tuples of positions in the list of amounts, ascending; at most
        the number asked for, the earliest positions first
    :param complete: False when the limits cut the search short: a single solution
        then says nothing about others
    """

    solutions: list
    complete: bool


def _sums(amounts, size):
    """All sums of `size` amounts as [(sum, positions)], ordered by sum."""
    return sorted(
        (sum(amounts[index] for index in chosen), chosen)
        for chosen in combinations(range(len(amounts)), size)
    )


def find_subsets(
    amounts,
    low,
    high=None,
    count=None,
    max_items=8,
    max_sets=200_000,
    wanted=2,
):
    """Find sets of positive amounts whose sum lies between two bounds.

    Sets of k amounts are put together from their first and last halves, so the work
    grows with the square root of the number of sets.

    :param amounts: positive whole numbers, the most likely ones first
    :param low: least sum wanted
    :param high: greatest sum wanted; `low` when omitted
    :param count: number of amounts in a set, None when it is not known
    :param max_items: largest set that is tried when `count` is not known; a larger
        `count` is not tried either
    :param max_sets: largest number of half sets that is built; sizes beyond are left
        out and the search is not complete
    :param wanted: number of solutions after which the search stops
    :return: `SubsetSearch`
    """
    high = low if high is None else high
    usable = [index for index, amount in enumerate(amounts) if 0 < amount <= high]
    values = [amounts[index] for index in usable]
    if count is not None and (count < 1 or count > max_items):
        return SubsetSearch([], False)
    largest = min(max_items, len(values))
    sizes = [count] if count is not None else range(1, largest + 1)
    solutions, complete = [], count is not None or max_items >= len(values)
    for size in sizes:
        if size > len(values):
            continue
        first, last = size // 2, size - size // 2
        if comb(len(values), last) > max_sets:
            complete = False
            continue
        heads = _sums(values, first)
        head_sums = [total for total, _chosen in heads]
        for tail in combinations(range(len(values)), last):
            rest = sum(values[index] for index in tail)
            start = bisect_left(head_sums, low - rest)
            end = bisect_right(head_sums, high - rest)
            for _total, head in heads[start:end]:
                # every set has one split into its first and its last positions
                if head and head[-1] >= tail[0]:
                    continue
                chosen = (*head, *tail)
                solutions.append(tuple(usable[index] for index in chosen))
        if len(solutions) >= wanted:
            # sizes after this one can only add to an ambiguity that is known
            break
    solutions.sort(key=lambda chosen: (len(chosen), chosen))
    return SubsetSearch(solutions[:wanted], complete)
