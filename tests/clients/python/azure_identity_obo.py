# client: azure-identity (Python)
# flow: on behalf of, with a secret and with a certificate

import pathlib

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import OnBehalfOfCredential

from support.people import user_token
from support.world import EMULATOR, PUBLIC_URL, application, claims_of, scope_of, shows

middle = application("reports-api")
assertion = user_token("alice", "reports-api")["access_token"]


def acting(user_assertion=assertion, **proof):
    return OnBehalfOfCredential(
        EMULATOR["tenant_id"], middle["client_id"], user_assertion=user_assertion,
        authority=PUBLIC_URL, disable_instance_discovery=True, **proof)


credential = acting(client_secret=middle["secret"])
token = credential.get_token(scope_of("company-data"))
shows(claims_of(token.token), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

# One credential is one user's, and keeps what it got.
assert credential.get_token(scope_of("company-data")).token == token.token

pem = b"".join(pathlib.Path(middle["certificate"][part]).read_bytes() for part in ("key", "cert"))
token = acting(client_certificate=pem).get_token(scope_of("company-data"))
shows(claims_of(token.token), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

# What is refused is told in the server's words.
other = user_token("alice", "payroll")["access_token"]
try:
    acting(other, client_secret=middle["secret"]).get_token(scope_of("company-data"))
    raise SystemExit("a token for another API was accepted")
except ClientAuthenticationError as error:
    assert "AADSTS500131" in error.message, error.message
