# client: msal (Python)
# flow: on behalf of, twice

from support.people import user_token
from support.world import application, claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app
assertion = user_token("alice", "reports-api")["access_token"]


def exchange():
    return app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])


first, second = exchange(), exchange()
claims = claims_of(token_of(first))
shows(claims, aud="api://company-data", scp="Rows.Read", name="Alice Archer")
assert claims["act"]["sub"] == application("reports-api")["client_id"]

# MSAL Python asks anew each time: this call never reads its cache …
assert token_of(second) != token_of(first)

# … but what it got is there, under the user's account, for whoever asks for that.
(account,) = app.get_accounts()
cached = app.acquire_token_silent([scope_of("company-data")], account)
assert token_of(cached) == token_of(second)
shows(cached, token_source="cache")
shows(account, username="alice")
