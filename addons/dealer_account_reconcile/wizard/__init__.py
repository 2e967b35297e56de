from . import bank_import
