# azure-identity for Python, as the application {{ f.name }}. Save it as stead_client.py, then:
# from stead_client import {% if f.acts_for_users %}on_behalf_of{% else %}credential{% endif %}
{% if let Some(ca) = f.ca -%}
# Before Python starts: export REQUESTS_CA_BUNDLE={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
# And with the secret, of which only the hash is on file: export {{ name }}=…
import os
{% when Proof::Federated -%}
# And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import os
from pathlib import Path
{% when _ -%}
from pathlib import Path
{% endmatch -%}
{% if f.acts_for_users %}
from azure.identity import OnBehalfOfCredential
{%- else %}
{%- match f.proof %}
{%- when Proof::Certificate(_) %}
from azure.identity import CertificateCredential
{%- when Proof::Federated %}
from azure.identity import ClientAssertionCredential
{%- when _ %}
from azure.identity import ClientSecretCredential
{%- endmatch %}
{%- endif %}

application = {
    "tenant_id": {{ f.tenant }},
    "client_id": {{ f.client_id }},
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
    "client_secret": os.environ["{{ name }}"],
{%- when Proof::Secret(Kept::File(path)) %}
    "client_secret": Path({{ path }}).read_text().strip(),
{%- when Proof::Certificate(pem) %}
    "{% if f.acts_for_users %}client_certificate{% else %}certificate_data{% endif %}": Path({{ pem.both }}).read_bytes(),
{%- when Proof::Federated %}
    "{% if f.acts_for_users %}client_assertion_func{% else %}func{% endif %}": lambda: Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text().strip(),
{%- when Proof::Nothing %}
{%- endmatch %}
    "authority": {{ f.base }},
{%- if !f.alias %}
    # The host is none of Microsoft's: nobody there is asked about it.
    "disable_instance_discovery": True,
{%- endif %}
}

{% if f.acts_for_users %}
def on_behalf_of(user_assertion):
    """The credential of one user, whose access token this is."""
    return OnBehalfOfCredential(user_assertion=user_assertion, **application)
{%- else -%}
credential = {% match f.proof %}
{%- when Proof::Certificate(_) %}CertificateCredential
{%- when Proof::Federated %}ClientAssertionCredential
{%- when _ %}ClientSecretCredential
{%- endmatch %}(**application)
{%- endif %}
