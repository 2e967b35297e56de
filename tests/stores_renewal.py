"""A record of every kind of the renewal addon in one store; see stores.py."""


def fill_renewal(case, company, records):
    """Create the records of the renewal addon for a store of the rights matrix.

    :param case: the test class (``case.su_env``, ``case._as(post, company)``)
    :param company: the store
    :param records: dict model name -> records made before, e.g. the policies
    :return: dict model name -> records
    """
    return {}
