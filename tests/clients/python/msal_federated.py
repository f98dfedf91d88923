# client: msal (Python)
# flow: on behalf of, with a federated credential

import pathlib
import time

import jwt
import msal

from support.people import user_token
from support.world import AUTHORITY, EMULATOR, application, claims_of, scope_of, shows, token_of

middle, foreign = application("reports-api"), EMULATOR["foreign_issuer"]
key = pathlib.Path(foreign["key"]).read_text()


def from_elsewhere(subject=foreign["subject"]):
    """The token that the platform which runs reports-api hands it: no secret of ours is there."""
    now = int(time.time())
    claims = {"iss": foreign["issuer"], "sub": subject, "aud": foreign["audience"], "iat": now, "exp": now + 300}
    return jwt.encode(claims, key, algorithm="RS256")


def exchanged(proof):
    app = msal.ConfidentialClientApplication(
        middle["client_id"], client_credential={"client_assertion": proof},
        authority=AUTHORITY, instance_discovery=False)
    return app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])


# MSAL calls the function whenever it needs one.
assertion = user_token("alice", "reports-api")["access_token"]
shows(claims_of(token_of(exchanged(from_elsewhere))), aud="api://company-data", name="Alice Archer")

# The same issuer speaks of somebody else.
refusal = exchanged(lambda: from_elsewhere("repo:acme/reports:ref:refs/heads/other"))
shows(refusal, error="invalid_client", error_codes=[700213])
