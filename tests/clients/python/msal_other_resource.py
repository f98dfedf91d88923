# client: msal (Python)
# flow: refresh for another resource

from support.people import parameters_of, sign_in
from support.world import application, claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "portal").app
reports, payroll = [scope_of("reports-api")], [scope_of("payroll")]

# Alice agrees to both at once, …
flow = app.initiate_auth_code_flow(
    reports, redirect_uri=application("portal")["redirect_uris"][0], response_mode="form_post", prompt="consent")
tokens = app.acquire_token_by_auth_code_flow(flow, parameters_of(sign_in(flow["auth_uri"], "alice")))
shows(claims_of(token_of(tokens)), aud="api://reports-api")
flow = app.initiate_auth_code_flow(payroll, redirect_uri=application("portal")["redirect_uris"][0], response_mode="form_post")
app.acquire_token_by_auth_code_flow(flow, parameters_of(sign_in(flow["auth_uri"], "alice")))

# … and one refresh token is good for each.
(account,) = app.get_accounts()
for scopes, audience in [(payroll, "api://payroll"), (reports, "api://reports-api"), (payroll, "api://payroll")]:
    renewed = app.acquire_token_silent(scopes, account, force_refresh=True)
    shows(claims_of(token_of(renewed)), aud=audience, name="Alice Archer")
