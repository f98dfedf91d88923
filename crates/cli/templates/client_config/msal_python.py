# msal for Python, as the application {{ f.name }}. Save it as stead_client.py, then: from stead_client import app
{% if let Some(ca) = f.ca -%}
# Before Python starts: export REQUESTS_CA_BUNDLE={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
# And with the secret, of which only the hash is on file: export {{ name }}=…
import os

import msal

credential = os.environ["{{ name }}"]
{% when Proof::Secret(Kept::File(path)) -%}
from pathlib import Path

import msal

credential = Path({{ path }}).read_text().strip()
{% when Proof::Certificate(pem) -%}
from pathlib import Path

import msal

credential = {
    "private_key": Path({{ pem.key }}).read_text(),
    "public_certificate": Path({{ pem.cert }}).read_text(),
}
{% when Proof::Federated -%}
# And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import os
from pathlib import Path

import msal

credential = {"client_assertion": lambda: Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text().strip()}
{% when Proof::Nothing -%}
import msal
{% endmatch %}
app = msal.{% if f.is_public() %}Public{% else %}Confidential{% endif %}ClientApplication(
    {{ f.client_id }},
{%- if !f.is_public() %}
    client_credential=credential,
{%- endif %}
    authority={{ f.authority }},
{%- if !f.alias %}
    # The host is none of Microsoft's: nobody there is asked about it.
    instance_discovery=False,
{%- endif %}
)
