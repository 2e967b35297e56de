"""Eight clients issue 400 policies at once through the external JSON API.

The ledger of each insurer must then count 1, 2, 3 … in the order of issue: no gap, no
number twice, no row lost (S80). Clients call again only when the server says that it
could not serve them just now, as any client of the API must.
"""

import concurrent.futures
import json

import requests

CLIENTS, COUNT, TRIES = 8, 400, 5


def issue(address, key, ids):
    """Issue rows one call each; return how many calls had to be repeated."""
    repeated = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        for record_id in ids:
            for _attempt in range(TRIES):
                answer = session.post(
                    f"{address}/json/2/dealer.underwriting/action_issue",
                    json={"ids": [record_id]},
                    timeout=120,
                )
                if answer.status_code < 500 and answer.status_code != 409:
                    break
                repeated += 1
            assert answer.status_code == 200, answer.text[:2000]
    return repeated


def test_parallel_clients_leave_gapless_ledgers(installation, root, monkeypatch):
    monkeypatch.setenv("PARALLEL_COUNT", str(COUNT))
    monkeypatch.setenv("PARALLEL_CLIENTS", str(CLIENTS))
    output = installation.script(root / "tests" / "prepare_parallel_issue.py")
    ready = json.loads(output.strip().splitlines()[-1])
    assert len(ready["ids"]) == COUNT

    with (
        installation.serve() as address,
        concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool,
    ):
        jobs = [
            pool.submit(issue, address, key, ready["ids"][number::CLIENTS])
            for number, key in enumerate(ready["keys"])
        ]
        repeated = sum(job.result() for job in jobs)

    ids = ",".join(map(str, ready["ids"]))
    rows = installation.query(
        "SELECT insurer_id, ledger_seq, issued_at, ledger_no FROM dealer_underwriting "
        f"WHERE id IN ({ids}) ORDER BY insurer_id, ledger_seq"
    )
    assert len(rows) == COUNT
    assert len({number for *_facts, number in rows}) == COUNT
    for insurer in ready["insurers"]:
        ledger = [row for row in rows if row[0] == str(insurer)]
        assert [row[1] for row in ledger] == [str(n + 1) for n in range(COUNT // 2)]
        moments = [row[2] for row in ledger]
        assert all(moments) and moments == sorted(moments)
    [[policies]] = installation.query(
        "SELECT count(*) FROM dealer_policy "
        f"WHERE state = 'issued' AND underwriting_id IN ({ids})"
    )
    assert int(policies) == COUNT
    # The database sorts the clients out by itself: answers to repeat are the exception.
    assert repeated < COUNT / 10, f"{repeated} of {COUNT} calls had to be repeated"
