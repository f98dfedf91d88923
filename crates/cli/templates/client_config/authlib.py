# Authlib with requests, as the application {{ f.name }}. Save it as stead_client.py, then: from stead_client import session
{% if let Some(ca) = f.ca -%}
# Before Python starts: export REQUESTS_CA_BUNDLE={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
# And with the secret, of which only the hash is on file: export {{ name }}=…
import os

import requests
from authlib.integrations.requests_client import OAuth2Session
{% when Proof::Secret(Kept::File(_)) -%}
from pathlib import Path

import requests
from authlib.integrations.requests_client import OAuth2Session
{% when Proof::Certificate(_) -%}
from pathlib import Path

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
{% when Proof::Federated -%}
# And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import os
from pathlib import Path

import requests
from authlib.common.urls import add_params_to_qs
from authlib.integrations.requests_client import OAuth2Session
{% when Proof::Nothing -%}
import requests
from authlib.integrations.requests_client import OAuth2Session
{% endmatch %}
issuer = {{ f.issuer }}
metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
{% if let Proof::Federated = f.proof %}

def federated(client, method, uri, headers, body):
    """Proves who it is with a token of the issuer it trusts, read anew each time."""
    proof = [
        ("client_id", client.client_id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text().strip()),
    ]
    return uri, headers, add_params_to_qs(body or "", proof)

{% endif %}
session = OAuth2Session(
    {{ f.client_id }},
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
    os.environ["{{ name }}"],
    token_endpoint_auth_method="client_secret_post",
{%- when Proof::Secret(Kept::File(path)) %}
    Path({{ path }}).read_text().strip(),
    token_endpoint_auth_method="client_secret_post",
{%- when Proof::Certificate(pem) %}
    Path({{ pem.key }}).read_text(),
    token_endpoint_auth_method=PrivateKeyJWT(metadata["token_endpoint"]),
{%- when Proof::Federated %}
    token_endpoint_auth_method=federated,
{%- when Proof::Nothing %}
    token_endpoint_auth_method="none",
{%- endmatch %}
{%- if let Redirect::At(uri) = f.redirect %}
    redirect_uri={{ uri }},
{%- endif %}
    code_challenge_method="S256",
    authorization_endpoint=metadata["authorization_endpoint"],
    token_endpoint=metadata["token_endpoint"],
)
