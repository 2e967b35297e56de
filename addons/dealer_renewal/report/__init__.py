from . import renewal_cohort_xlsx
from . import renewal_funnel
