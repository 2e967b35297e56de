"""Comparable forms of company names and of free text (pure functions)."""

import re

from .identity import normalise_text
from .script import simplified

# Legal forms say nothing about who is meant.
_LEGAL_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限公司|股份公司|公司)$")
_PUNCTUATION = re.compile(r"[\s,;:，。；：、()（）\[\]【】<>《》\"'“”‘’&.·\-_/\\]+")


def text_key(text) -> str:
    """Text without case, width, blanks and punctuation, for comparison."""
    return _PUNCTUATION.sub("", normalise_text(text)).casefold()


def company_key(text) -> str:
    """Name of a company without its legal form, for comparison."""
    key = simplified(text_key(text))
    return _LEGAL_FORMS.sub("", key) or key
