from . import dealer_override_wizard
