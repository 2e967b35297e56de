"""What is open, found by the words of a bank line. No ORM."""

from collections import defaultdict

from . import bank_text as text
from .bank_types import Evidence


def _age(candidate):
    return candidate.date, str(candidate.key)


class Pool:
    """Open candidates, indexed by name, plate and the ends of their numbers."""

    def __init__(self, candidates=()):
        self.candidates = {}
        self.open = {}
        self._kinds = defaultdict(list)
        self._unsorted = set()
        self._names = defaultdict(set)
        self._plates = defaultdict(set)
        self._tails = defaultdict(set)
        for candidate in candidates:
            self.add(candidate)

    def add(self, candidate):
        """Add a candidate; a key is added once."""
        if candidate.key in self.candidates:
            return
        self.candidates[candidate.key] = candidate
        self.open[candidate.key] = candidate.amount
        self._kinds[candidate.kind].append(candidate)
        self._unsorted.add(candidate.kind)
        for name in candidate.names:
            self._names[text.name_key(name)].add(candidate.key)
        for plate in candidate.plates:
            self._plates[text.normalise(plate)].add(candidate.key)
        for number in candidate.numbers:
            for tail in text.tails(number):
                self._tails[tail].add(candidate.key)

    def take(self, key, amount):
        """Settle a part of a candidate."""
        if key in self.open:
            self.open[key] -= amount

    def of_kind(self, kinds, sign):
        """Open candidates of some kinds whose money goes one way, oldest first.

        :param kinds: iterable of kinds
        :param sign: positive for money in, negative for money out
        """
        found = [
            item
            for kind in kinds
            for item in self._sorted(kind)
            if self.open[item.key] * sign > 0
        ]
        return found if len(kinds) == 1 else sorted(found, key=_age)

    def _sorted(self, kind):
        """Candidates of a kind, oldest first, sorted once."""
        if kind in self._unsorted:
            self._kinds[kind].sort(key=_age)
            self._unsorted.discard(kind)
        return self._kinds[kind]

    def evidence(self, line, words):
        """What the text of a line says about candidates.

        :param line: `BankLine`
        :param words: words that are no names
        :return: {candidate key: `Evidence`}
        """
        result = defaultdict(Evidence)
        for plate in text.plates_in(line.text):
            for key in self._plates.get(plate, ()):
                result[key].plate = plate
        for number in text.numbers_in(line.text):
            proof = len(number) >= text.PROOF_TAIL
            for key in self._tails.get(number, ()):
                if proof:
                    result[key].number = max(result[key].number, number, key=len)
                else:
                    result[key].hint = number
        payer = text.name_key(line.payer)
        if payer:
            for key in self._names.get(payer, ()):
                result[key].payer = line.payer
        for name in text.names_in(line.text, words):
            for key in self._names.get(name, ()):
                result[key].name = name
        return result
