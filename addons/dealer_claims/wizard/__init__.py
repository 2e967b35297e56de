from . import accident_call_wizard
from . import claim_payment_wizard
from . import claim_return_wizard
from . import claim_dates
from . import claim_return
from . import claim_reject
from . import claim_chase
from . import survey_assign
