# client: msal (Python)
# flow: device code

from support.people import enter_user_code
from support.world import claims_of, configured, scope_of, shows, token_of

app = configured("msal-python", "terminal").app
flow = app.initiate_device_flow([scope_of("reports-api")])
assert flow["user_code"] in flow["message"] and flow["verification_uri"] in flow["message"], flow

# The user does what the message says, at another device.
enter_user_code(flow["verification_uri"], flow["user_code"], "alice")

tokens = app.acquire_token_by_device_flow(flow)
shows(claims_of(token_of(tokens)), aud="api://reports-api", scp="Reports.Read", name="Alice Archer")
shows(tokens["id_token_claims"], preferred_username="alice")
(account,) = app.get_accounts()
shows(app.acquire_token_silent([scope_of("reports-api")], account), token_source="cache")
