from . import renewal_cohort
from . import renewal_prospect
from . import renewal_task
from . import renewal_due
from . import renewal_contact
