# client: msal (Python)
# flow: on behalf of, with instance discovery pointed at Stead

import msal

from support.people import user_token
from support.world import AUTHORITY, PUBLIC_URL, application, claims_of, scope_of, shows, token_of

middle = application("reports-api")
app = msal.ConfidentialClientApplication(
    middle["client_id"], client_credential=middle["secret"], authority=AUTHORITY,
    instance_discovery=f"{PUBLIC_URL}/common/discovery/instance")
tokens = app.acquire_token_on_behalf_of(user_token("alice", "reports-api")["access_token"], [scope_of("company-data")])
shows(claims_of(token_of(tokens)), aud="api://company-data", name="Alice Archer")
