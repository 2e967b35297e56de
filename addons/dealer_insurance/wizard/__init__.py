from . import underwriting_act
