from . import delivery_checks, import_facts, ledger_checks
