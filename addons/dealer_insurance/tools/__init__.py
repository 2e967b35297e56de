from . import cover_text, delivery_checks, import_facts, ledger_checks, rating
from . import rating_term
