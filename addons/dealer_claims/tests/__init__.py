from . import test_claim_split
from . import test_claim_release
