# client: msal (Python)
# flow: sign-in and on behalf of, by clients that say they understand claims challenges (cp1)

import msal

from support.people import parameters_of, sign_in
from support.world import AUTHORITY, application, claims_of, scope_of, shows, token_of


def client(name):
    app = application(name)
    return msal.ConfidentialClientApplication(
        app["client_id"], client_credential=app["secret"], authority=AUTHORITY, instance_discovery=False,
        client_capabilities=["cp1"])


portal = client("portal")
flow = portal.initiate_auth_code_flow(
    [scope_of("reports-api")], redirect_uri=application("portal")["redirect_uris"][0], response_mode="form_post")
signed_in = portal.acquire_token_by_auth_code_flow(flow, parameters_of(sign_in(flow["auth_uri"], "alice")))
tokens = client("reports-api").acquire_token_on_behalf_of(token_of(signed_in), [scope_of("company-data")])
shows(claims_of(token_of(tokens)), aud="api://company-data", name="Alice Archer")
