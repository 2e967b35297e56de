from . import (
    concession_report,
    concession_xlsx,
    issue_time,
    penetration_board,
    quote_comparison,
    rate_sheet_print,
    rate_sheet_xlsx,
    remittance,
    settlement,
    underwriting_ledger,
    underwriting_ledger_import,
    underwriting_ledger_xlsx,
)
