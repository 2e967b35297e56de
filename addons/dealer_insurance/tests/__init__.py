from . import test_money_chart
from . import test_underwriting_flow
from . import test_money_story
from . import test_rating
from . import test_quote
from . import test_concession
from . import test_delivery
from . import test_money_property
