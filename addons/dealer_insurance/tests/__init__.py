from . import test_money_chart
from . import test_underwriting_flow
from . import test_money_story
