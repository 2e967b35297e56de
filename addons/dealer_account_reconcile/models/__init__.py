from . import account_journal
from . import bank_mapping
from . import bank_proposal
from . import bank_statement_line
