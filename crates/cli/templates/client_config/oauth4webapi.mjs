// oauth4webapi 3, as the application {{ f.name }}. Save it as stead-client.mjs, then:
// import { as, client, clientAuth } from "./stead-client.mjs";
{% if let Some(ca) = f.ca -%}
// Before Node starts: export NODE_EXTRA_CA_CERTS={{ ca }}
{% endif -%}
{% include "client_config/oauth_proof.mjs" -%}
import * as oauth from "oauth4webapi";

{% include "client_config/oauth_key.mjs" -%}
const issuer = new URL({{ f.issuer }});

export const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));

export const client = { client_id: {{ f.client_id }} };

export const clientAuth =
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %} oauth.ClientSecretPost(process.env.{{ name }});
{%- when Proof::Secret(Kept::File(path)) %} oauth.ClientSecretPost(readFileSync({{ path }}, "utf8").trim());
{%- when Proof::Certificate(_) %} oauth.PrivateKeyJwt(key);
{%- when Proof::Federated %} federated;
{%- when Proof::Nothing %} oauth.None();
{%- endmatch %}
