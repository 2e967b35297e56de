from . import quote_comparison, underwriting_ledger, underwriting_ledger_xlsx
