from . import (
    quote_comparison,
    underwriting_ledger,
    underwriting_ledger_import,
    underwriting_ledger_xlsx,
)
