# client: msal (Python)
# flow: on behalf of, with a federated credential

import os
import pathlib
import time

import jwt

from support.people import user_token
from support.world import EMULATOR, FOLDER, claims_of, configured, scope_of, shows, token_of

foreign = EMULATOR["foreign_issuer"]
key = pathlib.Path(foreign["key"]).read_text()
file = FOLDER / "federated-token"
os.environ["AZURE_FEDERATED_TOKEN_FILE"] = str(file)


def hand(subject):
    """What the platform that runs reports-api does: puts a token of its own there. No secret of ours is about."""
    now = int(time.time())
    claims = {"iss": foreign["issuer"], "sub": subject, "aud": foreign["audience"], "iat": now, "exp": now + 300}
    file.write_text(jwt.encode(claims, key, algorithm="RS256"))


app = configured("msal-python", "reports-api", "--credential", "federated").app
assertion = user_token("alice", "reports-api")["access_token"]

hand(foreign["subject"])
tokens = app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])
shows(claims_of(token_of(tokens)), aud="api://company-data", scp="Rows.Read", name="Alice Archer")

# The same issuer speaks of another program.
hand("repo:acme/reports:ref:refs/heads/other")
refusal = app.acquire_token_on_behalf_of(assertion, [scope_of("company-data")])
shows(refusal, error="invalid_client", error_codes=[700213])
