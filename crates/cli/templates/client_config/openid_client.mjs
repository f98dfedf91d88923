// openid-client 6, as the application {{ f.name }}. Save it as stead-client.mjs, then: import { config } from "./stead-client.mjs";
{% if let Some(ca) = f.ca -%}
// Before Node starts: export NODE_EXTRA_CA_CERTS={{ ca }}
{% endif -%}
{% include "client_config/oauth_proof.mjs" -%}
import * as client from "openid-client";

{% include "client_config/oauth_key.mjs" -%}
export const config = await client.discovery(
  new URL({{ f.issuer }}),
  {{ f.client_id }},
  undefined,
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
  client.ClientSecretPost(process.env.{{ name }}),
{%- when Proof::Secret(Kept::File(path)) %}
  client.ClientSecretPost(readFileSync({{ path }}, "utf8").trim()),
{%- when Proof::Certificate(_) %}
  client.PrivateKeyJwt(key),
{%- when Proof::Federated %}
  federated,
{%- when Proof::Nothing %}
  client.None(),
{%- endmatch %}
);
