from . import renewal_contact_wizard
from . import renewal_handover
from . import renewal_lane
