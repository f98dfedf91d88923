# client: msal (Python)
# flow: sign-in by authorization code, and again from the cache

from support.people import parameters_of, sign_in
from support.world import application, claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "portal").app
scopes = [scope_of("reports-api")]

# The web application keeps `flow` in its session and sends the browser to `auth_uri` …
flow = app.initiate_auth_code_flow(scopes, redirect_uri=application("portal")["redirect_uris"][0], response_mode="form_post")
sent_to = sign_in(flow["auth_uri"], "alice")

# … which comes back with a code.
tokens = app.acquire_token_by_auth_code_flow(flow, parameters_of(sent_to))
shows(claims_of(token_of(tokens)), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")
shows(tokens["id_token_claims"], preferred_username="alice", name="Alice Archer", aud=application("portal")["client_id"])

# Later: who is there, and a token without a request.
(account,) = app.get_accounts()
shows(account, username="alice")
cached = app.acquire_token_silent(scopes, account)
shows(cached, access_token=tokens["access_token"], token_source="cache")

# And with one: the refresh token gets a new one.
renewed = app.acquire_token_silent(scopes, account, force_refresh=True)
assert token_of(renewed) != tokens["access_token"]
shows(renewed, token_source="identity_provider")
shows(claims_of(renewed["access_token"]), sub=claims_of(tokens["access_token"])["sub"])
