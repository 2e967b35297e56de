"""Find what a bank line settles: open premiums, remittances, fees, claim money.

A line gets ranked proposals. Nothing is proposed on the amount alone where a person
pays; what is proposed as certain is unique, exact to the cent and proven by a number,
a plate, a name or a stated count. Pure functions; the caller gives candidates, rules
and limits, and puts reasons into words.
"""

from collections import defaultdict
from dataclasses import replace

from . import bank_text as text
from .bank_pool import Pool
from .bank_solve import Solver
from .bank_types import (
    NOISE,
    OVERPAID,
    RECEIPT,
    Candidate,
    Limits,
)

__all__ = ["match_lines", "propose", "rule_of"]

# Candidates so much below the best proposal are not shown
SHOWN_BELOW = 40
SHOWN = 5


def rule_of(line, rules):
    """The first rule that a line fits.

    :param line: `BankLine`
    :param rules: `Rule`s in the order of their priority
    :return: (rule or None, {name: text} of the named groups of its patterns)
    """
    written = text.normalise(line.text)
    payer = text.normalise(line.payer)
    direction = "in" if line.amount > 0 else "out"
    for rule in rules:
        if rule.direction and rule.direction != direction:
            continue
        if rule.party and rule.party != line.party:
            continue
        if rule.accounts and line.account not in rule.accounts:
            continue
        if rule.words and not text.contains(written, rule.words):
            continue
        if rule.payers and not text.contains(payer, rule.payers):
            continue
        matches = [pattern.search(written) for pattern in rule.patterns]
        if rule.patterns and not rule.words and not any(matches):
            continue
        details = {
            name: value
            for match in matches
            if match
            for name, value in match.groupdict().items()
            if value
        }
        return rule, details
    return None, {}


def _stop_words(rules):
    """Words of the rules: they are no names of people."""
    return tuple({word for rule in rules for word in rule.words})


def propose(line, pool, rules, limits, words=None):
    """Ranked proposals for one line against what is open.

    :param line: `BankLine`
    :param pool: `Pool` of what is still open
    :param rules: `Rule`s in the order of their priority
    :param limits: `Limits`
    :param words: result of `_stop_words`, when proposing for many lines
    :return: list of `Proposal`, the best first; empty when the line is none of our
        business or nothing fits
    """
    if not line.amount:
        return []
    rule, details = rule_of(line, rules)
    if rule and rule.kind == NOISE:
        return []
    if words is None:
        words = _stop_words(rules)
    found = Solver(line, pool, rule, details, limits, words).solve()
    unique = {}
    for proposal in found:
        key = (proposal.kind, proposal.items, proposal.rest)
        if key not in unique or proposal.score > unique[key].score:
            unique[key] = proposal
    ranked = sorted(
        unique.values(),
        key=lambda item: (-item.score, item.kind, len(item.items), str(item.items)),
    )
    if not ranked:
        return []
    best = ranked[0].score
    ranked = [item for item in ranked if item.score >= best - SHOWN_BELOW][:SHOWN]
    rivals = [item for item in ranked[1:] if item.score > best - 15]
    if rivals and ranked[0].certain:
        ranked[0] = replace(ranked[0], certain=False)
    return [ranked[0], *(replace(item, certain=False) for item in ranked[1:])]


def match_lines(lines, candidates, rules, limits=None):
    """Proposals for many lines, none of which takes what another one settles.

    Lines with proof are served before lines with hints, earlier lines before later
    ones; what the best proposal of a line settles is open no more for the next one.
    Money that a customer paid too much can go back to him in the same run.

    :param lines: `BankLine`s
    :param candidates: `Candidate`s
    :param rules: `Rule`s in the order of their priority
    :param limits: `Limits`
    :return: {line key: list of `Proposal`}, every line having an entry
    """
    limits = limits or Limits()
    words = _stop_words(rules)
    everything = Pool(candidates)
    ranked = []
    for line in lines:
        first = propose(line, everything, rules, limits, words)
        proven = bool(first) and first[0].certain
        named = bool(first) and any(
            reason.code in ("number", "plate", "payer", "name")
            for reason in first[0].reasons
        )
        rank = 0 if proven and named else 1 if named else 2 if proven else 3
        ranked.append((rank, line.date, line.order, str(line.key), line, first))
    ranked.sort(key=lambda item: item[:4])
    result = {}
    pool = Pool(candidates)
    rival_counts = _claims(ranked)
    for _rank, _date, _order, _key, line, first in ranked:
        found = propose(line, pool, rules, limits, words)
        if found and found[0].certain and _is_disputed(first, line, rival_counts):
            found[0] = replace(found[0], certain=False)
        result[line.key] = found
        if found:
            _take(pool, line, found[0])
    return result


def _claims(ranked):
    """How many lines want each item in full: {candidate key: {line key}}."""
    wanted = defaultdict(set)
    for *_rank, line, found in ranked:
        if found and found[0].difference == 0 and not found[0].rest:
            for key, _amount in found[0].items:
                wanted[key].add(line.key)
    return wanted


def _is_disputed(first, line, wanted):
    """Whether another line wanted the same item just as exactly."""
    return bool(first) and any(
        len(wanted[key] - {line.key}) for key, _amount in first[0].items
    )


def _take(pool, line, proposal):
    """Close what a proposal settles; open what the customer paid too much."""
    names = [line.payer] if line.payer else []
    plates, numbers = [], []
    for key, amount in proposal.items:
        candidate = pool.candidates[key]
        names += candidate.names
        plates += candidate.plates
        numbers += candidate.numbers
        pool.take(key, amount)
    if proposal.kind == RECEIPT and proposal.rest > 0:
        pool.add(
            Candidate(
                key=("rest", line.key),
                kind=OVERPAID,
                amount=-proposal.rest,
                date=line.date,
                names=tuple(names),
                plates=tuple(plates),
                numbers=tuple(numbers),
                refs=proposal.refs,
            )
        )
