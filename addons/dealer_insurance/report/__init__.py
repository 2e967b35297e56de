from . import (
    concession_report,
    concession_xlsx,
    issue_time,
    quote_comparison,
    remittance,
    underwriting_ledger,
    underwriting_ledger_import,
    underwriting_ledger_xlsx,
)
