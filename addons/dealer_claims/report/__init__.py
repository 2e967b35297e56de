from . import claim_print
