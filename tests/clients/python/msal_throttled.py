# client: msal (Python)
# flow: one user is throttled while another goes on

from support.faults import fault
from support.people import user_token
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app
tokens = {user: user_token(user, "reports-api")["access_token"] for user in ("alice", "bob")}


def exchange(user):
    return app.acquire_token_on_behalf_of(tokens[user], [scope_of("company-data")])


fault("throttled", "--user", "alice")
shows(exchange("alice"), error="temporarily_unavailable")

# MSAL holds back everybody after a 429, or a `Retry-After` other than 0. Bob does not notice.
for _ in range(3):
    shows(claims_of(token_of(exchange("bob"))), name="Bob Baxter")
shows(exchange("alice"), error="temporarily_unavailable")
