"""Eight clients at once through the external JSON API: 400 issues, 80 premium entries.

The ledger of each insurer must then count 1, 2, 3 … in the order of issue: no gap, no
number twice, no row lost (S80); the journal of the premium likewise. Clients call again
only when the server says that it could not serve them just now, as any client of the
API must.
"""

import concurrent.futures
import json

import requests

CLIENTS, COUNT, ENTRIES, TRIES = 8, 400, 80, 5


def press(address, key, action, ids):
    """Press a button of rows, one call each; return how many calls were repeated."""
    repeated = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        for record_id in ids:
            for _attempt in range(TRIES):
                answer = session.post(
                    f"{address}/json/2/dealer.underwriting/{action}",
                    json={"ids": [record_id]},
                    timeout=120,
                )
                if answer.status_code < 500 and answer.status_code != 409:
                    break
                repeated += 1
            assert answer.status_code == 200, answer.text[:2000]
    return repeated


def prepare(installation, root, monkeypatch, count, channel):
    """Write the rows of a test; what the script prints."""
    monkeypatch.setenv("PARALLEL_COUNT", str(count))
    monkeypatch.setenv("PARALLEL_CLIENTS", str(CLIENTS))
    monkeypatch.setenv("PARALLEL_CHANNEL", channel)
    output = installation.script(root / "tests" / "prepare_parallel_issue.py")
    ready = json.loads(output.strip().splitlines()[-1])
    assert len(ready["ids"]) == count
    return ready


def press_at_once(installation, ready, action):
    """Let all clients press a button, each on its share of the rows."""
    with (
        installation.serve() as address,
        concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool,
    ):
        jobs = [
            pool.submit(press, address, key, action, ready["ids"][number::CLIENTS])
            for number, key in enumerate(ready["keys"])
        ]
        return sum(job.result() for job in jobs)


def test_parallel_clients_ask_for_premium(installation, root, monkeypatch):
    ready = prepare(installation, root, monkeypatch, ENTRIES, "collected")
    repeated = press_at_once(installation, ready, "action_request_payment")

    ids = ",".join(map(str, ready["ids"]))
    rows = installation.query(
        "SELECT line.dealer_underwriting_id, move.id, move.sequence_number, move.state,"
        " SUM(line.balance) FROM account_move_line line"
        " JOIN account_move move ON move.id = line.move_id"
        f" WHERE line.dealer_underwriting_id IN ({ids}) GROUP BY 1, 2 ORDER BY 3"
    )
    # One balanced, posted entry for each row, numbered without gap.
    assert len(rows) == len({row[0] for row in rows}) == ENTRIES
    assert {row[3] for row in rows} == {"posted"}
    assert {float(row[4]) for row in rows} == {0.0}
    assert [int(row[2]) for row in rows] == list(range(1, ENTRIES + 1))
    [[waiting]] = installation.query(
        "SELECT count(*) FROM dealer_underwriting WHERE state = 'awaiting_payment' "
        f"AND amount_requested = amount_due AND id IN ({ids})"
    )
    assert int(waiting) == ENTRIES
    assert repeated < ENTRIES / 10, f"{repeated} of {ENTRIES} calls were repeated"


def test_parallel_clients_leave_gapless_ledgers(installation, root, monkeypatch):
    ready = prepare(installation, root, monkeypatch, COUNT, "direct")
    repeated = press_at_once(installation, ready, "action_issue")

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
