from . import account_payment_register
from . import underwriting_act
from . import direct_payment
from . import ledger_print
from . import voucher_act
