"""Which policy a line of an insurer's fee statement means (no ORM, no I/O).

A line goes through passes in a fixed order, from the surest evidence to the weakest::

    endorsement   number of an endorsement, or policy and amount of one
    number        the policy number itself
    equivalent    the number with O for 0, with a tag in front, or with its head cut off
    typo          one slip away, and the car or person says the same
    cut_number    the digits that a spreadsheet left, and the car or person
    vehicle       VIN, product and date
    plate         plate and amount
    insured       name of the insured, amount and date

Each pass yields candidates with a score from 0 to 100 and the facts that speak for
and against them. A match is automatic only when the best candidate of a pass reaches
the threshold of the store, no other one does, and nothing contradicts it. Everything
else is proposed to a person. Work per line does not grow with the number of policies.
"""

from collections import defaultdict
from dataclasses import replace

from .statement_numbers import (
    LOST,
    MIN_LENGTH,
    folded,
    known_part,
    near,
    one_edit,
)
from .statement_target import AUTO, PROPOSED, Candidate, Outcome, Rules, premiums

#: Weaker candidates are not worth a person's time.
FLOOR = 50
#: Proposals shown for one line.
SHOWN = 8
#: So many equal policies are no evidence for one of them.
MANY = 50
#: Places that a tag in front of a number may have.
MAX_TAG = 6


class Matcher:
    """Targets of one insurer, indexed once for any number of lines.

    :param targets: iterable of :class:`Target`
    :param rules: :class:`Rules`
    """

    def __init__(self, targets, rules=None):
        self.rules = rules or Rules()
        self._number = defaultdict(list)
        self._folded = defaultdict(list)
        self._tail = defaultdict(list)
        self._vin = defaultdict(list)
        self._plate = defaultdict(list)
        self._insured = defaultdict(list)
        self._endorsement = defaultdict(list)
        self._followers = defaultdict(list)
        self._deal = defaultdict(list)
        self._policies = []
        chars = set()
        for target in targets:
            if target.follows:
                if target.endorsement:
                    self._endorsement[folded(target.endorsement)].append(target)
                self._followers[folded(target.number)].append(target)
                continue
            self._policies.append(target)
            if target.number:
                self._number[target.number].append(target)
                fold = folded(target.number)
                self._folded[fold].append(target)
                self._tail[fold[-MIN_LENGTH:]].append(target)
                chars.update(fold)
            for index, value in (
                (self._vin, target.vin),
                (self._plate, target.plate),
                (self._deal, target.deal),
            ):
                if value:
                    index[value].append(target)
            if target.insured:
                for whole in {int(value) for value in premiums(target) if value}:
                    self._insured[target.insured, whole].append(target)
        self._alphabet = "".join(sorted(chars))
        self._passes = (
            ("number", self._by_number),
            ("equivalent", self._by_equivalent),
            ("typo", self._by_typo),
            ("cut_number", self._by_cut_number),
            ("vehicle", self._by_vehicle),
            ("plate", self._by_plate),
            ("insured", self._by_insured),
        )

    # -- all lines --------------------------------------------------------------

    def match(self, lines):
        """Outcomes of all lines, in their order.

        A policy that one line names by its number is not given to another line on
        weaker evidence: that is proposed only.

        :param lines: iterable of :class:`Line`
        :return: list of :class:`Outcome`
        """
        outcomes = [self.match_line(line) for line in lines]
        named = {
            key
            for outcome in outcomes
            if outcome.state == AUTO and outcome.chosen.step in _NAMED
            for key in outcome.chosen.keys
        }
        for outcome in outcomes:
            if outcome.state != AUTO:
                continue
            chosen = outcome.chosen
            if chosen.step not in _NAMED and named.intersection(chosen.keys):
                outcome.state = PROPOSED
                chosen = replace(chosen, facts=(*chosen.facts, "-taken"))
                outcome.chosen = None
                outcome.candidates = [chosen, *outcome.candidates[1:]]
        self._join_deals(outcomes, named)
        return outcomes

    def match_line(self, line):
        """Outcome of one line on its own."""
        outcome = Outcome(line)
        found = self._by_endorsement(line)
        if self._settle(outcome, found):
            return outcome
        if len(line.numbers) > 1:
            combined = self._by_numbers(line)
            if combined:
                self._settle(outcome, [combined])
                return outcome
        doubt = False
        for name, method in self._passes:
            found = method(line)
            if doubt:
                found = [self._doubted(candidate) for candidate in found]
            if self._settle(outcome, found):
                return outcome
            # The number is one of ours, but car and person are not: whatever else
            # fits is for a person to decide.
            doubt = doubt or (name == "number" and bool(found))
        outcome.candidates = _ranked(outcome.candidates)
        return outcome

    def _settle(self, outcome, found):
        """Take over the candidates of a pass; True when the line is decided."""
        known = {candidate.keys: candidate for candidate in outcome.candidates}
        for candidate in found:
            if candidate.score < FLOOR:
                continue
            earlier = known.get(candidate.keys)
            if not earlier or candidate.score > earlier.score:
                known[candidate.keys] = candidate
        outcome.candidates = _ranked(known.values())
        sure = [c for c in outcome.candidates if c.score >= self.rules.threshold]
        if outcome.candidates:
            outcome.state = PROPOSED
        if len(sure) == 1 and outcome.candidates[0] is sure[0]:
            outcome.state, outcome.chosen = AUTO, sure[0]
            return True
        # Two that would both do: nobody but a person may choose.
        return len(sure) > 1

    def _doubted(self, candidate):
        """The same candidate, not sure enough to be automatic."""
        score = min(candidate.score, self.rules.threshold - 1)
        return replace(candidate, score=score, facts=(*candidate.facts, "-number"))

    # -- evidence ---------------------------------------------------------------

    def _facts(self, line, target):
        """Codes of what car, person, product, dates and amounts say."""
        facts = []
        for code, mine, theirs in (
            ("vin", line.vin, target.vin),
            ("plate", line.plate, target.plate),
            ("insured", line.insured, target.insured),
            ("product", line.product, target.product),
        ):
            if mine and theirs:
                facts.append(code if mine == theirs else f"-{code}")
        near_dates = self._in_window(line, target)
        if near_dates is not None:
            facts.append("date" if near_dates else "-date")
        if line.amounts:
            facts.append("amount" if self._amount(line, target) else "-amount")
        return tuple(facts)

    def _in_window(self, line, target):
        for mine, theirs in (
            (line.issued, target.issued),
            (line.starts, target.starts),
        ):
            if mine and theirs:
                return abs((mine - theirs).days) <= self.rules.window
        return None

    def _amount(self, line, target):
        """True when a printed premium is that of the policy, with or without VAT."""
        return any(
            abs(amount - value) <= self.rules.rounding
            for amount in line.amounts
            for value in premiums(target)
            if value
        )

    def _paying(self, line):
        """Policies of the insured with about the premium of the line."""
        if not line.insured:
            return ()
        slack = self.rules.rounding
        wholes = {
            int(value) for a in line.amounts for value in (a - slack, a, a + slack)
        }
        found = [
            target
            for whole in wholes
            for target in self._insured.get((line.insured, whole), ())
        ]
        # A fleet with one premium for all its cars tells nothing.
        return found if len(found) <= MANY else ()

    @staticmethod
    def _contradicted(facts):
        """Car or person is another one, and nothing about them agrees."""
        agree = {"vin", "plate", "insured"} & set(facts)
        against = {"-vin", "-plate", "-insured"} & set(facts)
        return not agree and ("-vin" in facts or len(against) > 1)

    def _rival(self, line, target):
        """Another policy of the same car, product and days."""
        return any(
            other.key != target.key
            and other.product == target.product
            and self._in_window(line, other) is not False
            for other in self._vin.get(target.vin, ())
        )

    def _number_against(self, line, target):
        """The line names a whole number, and it is not one like the target's."""
        number = line.number
        if len(number) < MIN_LENGTH or not target.number:
            return False
        if LOST in number:
            return not folded(target.number).startswith(folded(known_part(number)))
        return not near(folded(number), folded(target.number), 2)

    # -- passes -----------------------------------------------------------------

    def _by_endorsement(self, line):
        """Claw-backs and extra premiums before the policies they belong to."""
        found = []
        for number in line.endorsements:
            for target in self._endorsement.get(folded(number), ()):
                facts = self._facts(line, target)
                named = folded(target.number) in map(folded, line.numbers)
                wrong = line.number and not named and self._number_against(line, target)
                if named or not wrong and not self._contradicted(facts):
                    found.append(Candidate((target,), "endorsement", 100, facts))
                else:
                    found.append(
                        Candidate((target,), "endorsement", 75, (*facts, "-number"))
                    )
        if found or not line.follows:
            return found
        followers = {
            target.key: target
            for number in line.numbers
            for target in self._followers.get(folded(number), ())
        }.values()
        for target in followers:
            facts = self._facts(line, target)
            # Another endorsement of the same policy has another number.
            if line.endorsements and target.endorsement:
                score = 70
            elif "amount" in facts:
                score = 97
            else:
                score = 91 if len(followers) == 1 and "date" in facts else 80
            if self._contradicted(facts):
                score -= 25
            found.append(Candidate((target,), "endorsement", score, facts))
        return found

    def _by_number(self, line):
        return [
            self._numbered(line, target, "number", 100, 75)
            for target in self._number.get(line.number, ())
        ]

    def _numbered(self, line, target, step, score, contradicted):
        facts = self._facts(line, target)
        if self._contradicted(facts):
            score = contradicted
        return Candidate((target,), step, score, facts)

    def _by_equivalent(self, line):
        number = folded(line.number)
        if len(number) < MIN_LENGTH or LOST in number:
            return []
        found = [
            self._numbered(line, target, "equivalent", 98, 70)
            for target in self._folded.get(number, ())
        ]
        if found:
            return found
        # A tag in front: the known number is the end of the line's number.
        for cut in range(1, min(MAX_TAG, len(number) - MIN_LENGTH) + 1):
            rest = number[cut:]
            for target in self._folded.get(rest, ()):
                facts = self._facts(line, target)
                score = 95 if self._supported(facts) or cut < len(rest) / 3 else 85
                if self._contradicted(facts):
                    score = 70
                found.append(Candidate((target,), "equivalent", score, facts))
        # The head is missing: the line's number is the end of a known one.
        for target in self._tail.get(number[-MIN_LENGTH:], ()):
            known = folded(target.number)
            if len(known) > len(number) and known.endswith(number):
                facts = self._facts(line, target)
                score = 94 if self._supported(facts) else 80
                if self._contradicted(facts):
                    score = 60
                found.append(Candidate((target,), "equivalent", score, facts))
        return found

    @staticmethod
    def _supported(facts):
        """Car or person agrees, and the product is not another one."""
        if "-product" in facts or "-vin" in facts:
            return False
        return "vin" in facts or {"plate", "insured"} <= set(facts)

    def _by_typo(self, line):
        number = line.number
        if len(number) < MIN_LENGTH or LOST in number or not self._policies:
            return []
        found = []
        for slip in one_edit(folded(number), self._alphabet):
            for target in self._folded.get(slip, ()):
                facts = self._facts(line, target)
                score = 60
                if self._supported(facts) and "-date" not in facts:
                    score = 95 if "vin" in facts else 91
                    if self._rival(line, target):
                        score = 80
                elif self._contradicted(facts):
                    score = 40
                found.append(Candidate((target,), "typo", score, facts))
        return found

    def _by_cut_number(self, line):
        number = line.number
        prefix = folded(known_part(number))
        if LOST not in number or len(prefix) < MIN_LENGTH:
            return []
        # Many numbers share their head; car and person lead to the few that matter.
        around = {
            target.key: target
            for target in (
                *self._vin.get(line.vin, ()),
                *self._plate.get(line.plate, ()),
                *self._paying(line),
            )
        }
        found = []
        for target in around.values():
            known = folded(target.number)
            if len(known) != len(number) or not known.startswith(prefix):
                continue
            facts = self._facts(line, target)
            if self._supported(facts) and "-date" not in facts:
                score = 94 if "vin" in facts else 91
                if self._rival(line, target):
                    score = 80
            elif "amount" in facts and {"insured", "plate"} & set(facts):
                score = 80
            else:
                continue
            found.append(Candidate((target,), "cut_number", score, facts))
        return found

    def _by_vehicle(self, line):
        if not line.vin:
            return []
        found = []
        for target in self._vin.get(line.vin, ()):
            facts = self._facts(line, target)
            if "-product" in facts or "-date" in facts:
                continue
            score = 93 if "amount" in facts else 86
            if "product" not in facts or "date" not in facts:
                score = 80 if "amount" in facts else 65
            found.append(self._weigh_number(line, target, "vehicle", score, facts))
        return found

    def _by_plate(self, line):
        if not line.plate or line.vin and line.vin in self._vin:
            return []
        found = []
        for target in self._plate.get(line.plate, ()):
            facts = self._facts(line, target)
            if {"-product", "-date", "-amount", "-vin"} & set(facts):
                continue
            score = 86 if {"amount", "date"} <= set(facts) else 60
            found.append(self._weigh_number(line, target, "plate", score, facts))
        return found

    def _by_insured(self, line):
        found = []
        for target in self._paying(line):
            facts = self._facts(line, target)
            if {"-product", "-vin", "-plate"} & set(facts):
                continue
            if not {"amount", "date"} <= set(facts):
                continue
            found.append(self._weigh_number(line, target, "insured", 72, facts))
        return found

    def _weigh_number(self, line, target, step, score, facts):
        if self._number_against(line, target):
            return Candidate((target,), step, score - 25, (*facts, "-number"))
        return Candidate((target,), step, score, facts)

    # -- one line for a whole deal ----------------------------------------------

    def _by_numbers(self, line):
        """Several numbers in one cell: all of them, or nothing."""
        targets = []
        for number in line.numbers:
            one = replace(line, numbers=(number,), product="", amounts=())
            found = [*self._by_number(one)] or [*self._by_equivalent(one)]
            found = [c for c in found if c.score >= self.rules.threshold]
            if len(found) != 1:
                return None
            targets += found[0].targets
        if len({target.key for target in targets}) < 2:
            return None
        return Candidate(tuple(targets), "deal", 97, ("several_numbers",))

    def _join_deals(self, outcomes, named):
        """One number and the premium of the whole deal: the line pays for all of it."""
        for outcome in outcomes:
            chosen, line = outcome.chosen, outcome.line
            if outcome.state != AUTO or line.product or not line.amounts:
                continue
            if len(chosen.targets) > 1 or chosen.targets[0].follows:
                continue
            [target] = chosen.targets
            deal = self._deal.get(target.deal, ()) if target.deal else ()
            if len(deal) < 2 or "amount" in chosen.facts:
                continue
            others = {other.key for other in deal} - {target.key}
            if others & named:
                continue
            whole = target._replace(
                premium=sum(other.premium for other in deal),
                net=sum(other.net for other in deal),
                tax=sum(other.tax for other in deal),
            )
            if self._amount(line, whole):
                outcome.chosen = Candidate(
                    tuple(deal), "deal", min(chosen.score, 97), chosen.facts
                )
                outcome.candidates = [outcome.chosen]


#: Passes that rest on a number of the line.
_NAMED = frozenset({"endorsement", "number", "equivalent", "typo", "deal"})


def _ranked(candidates):
    """The best candidates first; equal ones in a fixed order."""
    best = sorted(candidates, key=lambda c: (-c.score, str(c.keys)))
    return best[:SHOWN]
