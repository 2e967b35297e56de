from . import portal_quote
