from . import cover
from . import ctpl_rate
from . import float_scheme
from . import tax_band
from . import concession
from . import delivery
from . import quote
