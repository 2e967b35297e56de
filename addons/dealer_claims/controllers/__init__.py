from . import portal_claim
from . import gate_pass
from . import hotline
