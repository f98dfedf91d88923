# client: msal (Python)
# flow: on behalf of, at login.microsoftonline.com with default settings

from support.alias import at_microsofts_address

at_microsofts_address()

from support.people import user_token
from support.world import claims_of, configured, scope_of, shows, token_of

# No switch, no address of ours: an application as it is.
app = configured("msal-python", "reports-api", "--alias").app
assert app.authority.instance == "login.microsoftonline.com", app.authority.instance
tokens = app.acquire_token_on_behalf_of(user_token("alice", "reports-api")["access_token"], [scope_of("company-data")])
shows(claims_of(token_of(tokens)), aud="api://company-data", scp="Rows.Read", name="Alice Archer")
