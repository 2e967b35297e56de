from . import test_identity
from . import test_guard
from . import test_agreement
from . import test_vehicle
from . import test_partner
from . import test_document
from . import test_import_tools
