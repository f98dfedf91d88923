# client: msal (Python)
# flow: on behalf of, and on without the user where the edge allows it

from support.people import user_token
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "reports-api").app
assertion = user_token("alice", "reports-api")["access_token"]

# MSAL always asks for offline_access. Towards the archive it comes with a refresh token, …
first = app.acquire_token_on_behalf_of(assertion, [scope_of("archive")])
shows(claims_of(token_of(first)), aud="api://archive", scp="Files.Read", name="Alice Archer")
(account,) = app.get_accounts()
later = app.acquire_token_silent([scope_of("archive")], account, force_refresh=True)
assert token_of(later) != first["access_token"]
shows(claims_of(later["access_token"]), aud="api://archive", scp="Files.Read", name="Alice Archer")

# … and towards company-data without one: nothing fails, there is nothing to go on with.
app.remove_account(account)
second = app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])
shows(claims_of(token_of(second)), aud="api://company-data")
(account,) = app.get_accounts()
assert app.acquire_token_silent([scope_of("company-data")], account, force_refresh=True) is None
