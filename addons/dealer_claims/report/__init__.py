from . import claim_print
from . import claim_submission
from . import claim_ledger_report
