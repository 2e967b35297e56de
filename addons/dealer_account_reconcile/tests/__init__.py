from . import (
    test_bank_import,
    test_bank_reconcile,
    test_bank_sample,
    test_tour_finance,
)
