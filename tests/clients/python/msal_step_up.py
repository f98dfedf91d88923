# client: msal (Python)
# flow: claims step-up, through the tiers

import json

import requests

from support.people import parameters_of, sign_in
from support.world import application, claims_of, configured, scope_of, shows, token_of

front, middle = configured("msal-python", "portal").app, configured("msal-python", "reports-api").app
browser = requests.Session()


def sign_in_again(**asked):
    flow = front.initiate_auth_code_flow(
        [scope_of("reports-api")], redirect_uri=application("portal")["redirect_uris"][0],
        response_mode="form_post", **asked)
    return token_of(front.acquire_token_by_auth_code_flow(
        flow, parameters_of(sign_in(flow["auth_uri"], "bob", browser))))


# Signed in with a password alone, Bob's token does not open the vault. He has no second factor yet (50079;
# somebody who has one and did not use it would be 50076).
weak = sign_in_again()
refusal = middle.acquire_token_on_behalf_of(weak, [scope_of("vault")])
shows(refusal, error="interaction_required", suberror="basic_action", error_codes=[50079])
assert json.loads(refusal["claims"])["access_token"]["acrs"]["essential"] is True, refusal["claims"]

# The middle tier has no page to show. The front end signs in with exactly those claims, and Bob adds an
# authenticator on the way.
strong = sign_in_again(claims_challenge=refusal["claims"])
tokens = middle.acquire_token_on_behalf_of(strong, [scope_of("vault")], claims_challenge=refusal["claims"])
shows(claims_of(token_of(tokens)), aud="api://vault", scp="Secrets.Read", acr="urn:stead:acr:mfa")
