"""A record of every kind of the claims addon in one store; see stores.py."""


def fill_claims(case, company, records):
    """Create the records of the claims addon for a store of the rights matrix.

    :param case: the test class (``case.su_env``, ``case._as(post, company)``)
    :param company: the store
    :param records: dict model name -> records made before, e.g. the policies
    :return: dict model name -> records
    """
    return {}
