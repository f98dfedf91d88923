# client: azure-identity (Python)
# flow: on behalf of, with a secret and with a certificate

from azure.core.exceptions import ClientAuthenticationError

from support.people import user_token
from support.world import claims_of, configured, scope_of, shows

assertion = user_token("alice", "reports-api")["access_token"]
with_secret = configured("azure-identity", "reports-api")
with_certificate = configured("azure-identity", "reports-api", "--credential", "certificate")

for middle_tier in [with_secret, with_certificate]:
    credential = middle_tier.on_behalf_of(assertion)
    token = credential.get_token(scope_of("company-data"))
    shows(claims_of(token.token), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

    # One credential is one user's, and keeps what it got.
    assert credential.get_token(scope_of("company-data")).token == token.token

# What is refused is told in the server's words.
other = user_token("alice", "payroll")["access_token"]
try:
    with_secret.on_behalf_of(other).get_token(scope_of("company-data"))
    raise SystemExit("a token for another API was accepted")
except ClientAuthenticationError as error:
    assert "AADSTS500131" in error.message, error.message
