// @azure/identity, as the application {{ f.name }}. Save it as stead-client.mjs, then:
// import { {% if f.acts_for_users %}onBehalfOf{% else %}credential{% endif %} } from "./stead-client.mjs";
{% if let Some(ca) = f.ca -%}
// Before Node starts: export NODE_EXTRA_CA_CERTS={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
{% when Proof::Secret(Kept::File(_)) -%}
import { readFileSync } from "node:fs";
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import { readFile } from "node:fs/promises";
{% when _ -%}
{% endmatch -%}
import { {{ f.azure_class() }} } from "@azure/identity";

const tenantId = {{ f.tenant }};
const clientId = {{ f.client_id }};
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
const clientSecret = process.env.{{ name }};
{%- when Proof::Secret(Kept::File(path)) %}
const clientSecret = readFileSync({{ path }}, "utf8").trim();
{%- when Proof::Certificate(pem) %}
const certificatePath = {{ pem.both }};
{%- when Proof::Federated %}
const getAssertion = async () => (await readFile(process.env.AZURE_FEDERATED_TOKEN_FILE, "utf8")).trim();
{%- when Proof::Nothing %}
{%- endmatch %}
{%- if f.alias %}
const options = { authorityHost: {{ f.base }} };
{%- else %}
// The host is none of Microsoft's: nobody there is asked about it.
const options = { authorityHost: {{ f.base }}, disableInstanceDiscovery: true };
{%- endif %}
{% if f.acts_for_users %}
/** The credential of one user, whose access token this is. */
export function onBehalfOf(userAssertionToken) {
  return new OnBehalfOfCredential({ tenantId, clientId, {{ f.azure_proof() }}, userAssertionToken, ...options });
}
{%- else %}
export const credential = new {{ f.azure_class() }}(tenantId, clientId, {{ f.azure_proof() }}, options);
{%- endif %}
