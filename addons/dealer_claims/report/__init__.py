from . import claim_print
from . import claim_submission
