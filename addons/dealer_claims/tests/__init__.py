from . import test_claim_split
from . import test_claim_release
from . import test_survey
from . import test_survey_photo
from . import test_survey_fee
from . import test_portal_claim
