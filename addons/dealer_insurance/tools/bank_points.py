"""Points of the matching of bank lines: what speaks for a proposal, and how much."""

# Points
EXACT = 40
NUMBER = 40
PLATE = 40
PAYER = 30
NAME = 25
HINT = 15
INSURER_POINTS = 15
RULE = 10
COUNT = 15
DAY = 15
METHOD = 10
PERIOD = 20
NEAR = 5
PART = 5
NOT_UNIQUE = -30
OTHER_ACCOUNT = -5
OTHER_METHOD = -10
# Days within which money counts as coming at once
NEAR_DAYS = 3
# More difference than this, in percent, is only believed with a number or plate
CLAIM_LOOSE_SHARE = 10
