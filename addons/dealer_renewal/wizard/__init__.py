from . import renewal_contact_wizard
from . import renewal_handover
