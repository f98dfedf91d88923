# client: msal (Python)
# flow: two users at once on one client: nobody gets the other's token

import threading

from support.people import user_token
from support.world import claims_of, configured, scope_of, token_of

ROUNDS = 12
app = configured("msal-python", "reports-api").app
NAMES = {"alice": "Alice Archer", "bob": "Bob Baxter"}
assertions = {user: user_token(user, "reports-api")["access_token"] for user in NAMES}
start, faults = threading.Barrier(2 * len(NAMES)), []


def work(user):
    """Many exchanges for one user, on the client that serves everybody."""
    start.wait()
    for _ in range(ROUNDS):
        answer = app.acquire_token_on_behalf_of(assertions[user], [scope_of("company-data")])
        name = claims_of(token_of(answer))["name"]
        if name != NAMES[user]:
            faults.append(f"{user} got the token of {name}")


threads = [threading.Thread(target=work, args=[user]) for user in NAMES for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not faults, faults[0]

# What is cached is each one's own as well.
accounts = {account["username"]: account for account in app.get_accounts()}
assert set(accounts) == set(NAMES), accounts
for user, name in NAMES.items():
    cached = app.acquire_token_silent([scope_of("company-data")], accounts[user])
    assert claims_of(token_of(cached))["name"] == name, f"{user} found the token of somebody else"
