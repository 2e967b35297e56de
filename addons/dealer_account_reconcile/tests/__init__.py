from . import test_bank_sample
