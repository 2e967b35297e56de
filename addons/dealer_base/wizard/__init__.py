from . import dealer_override_wizard
from . import dealer_import_accept_wizard
from . import dealer_return_wizard
from . import agreement_version
