// @azure/msal-node, as the application {{ f.name }}. Save it as stead-client.mjs, then: import { app } from "./stead-client.mjs";
{% if let Some(ca) = f.ca -%}
// Before Node starts: export NODE_EXTRA_CA_CERTS={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
import { ConfidentialClientApplication } from "@azure/msal-node";
{% when Proof::Secret(Kept::File(_)) -%}
import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";
{% when Proof::Certificate(pem) -%}
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";

const certificate = readFileSync({{ pem.cert }}, "utf8");
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import { readFile } from "node:fs/promises";
import { ConfidentialClientApplication } from "@azure/msal-node";
{% when Proof::Nothing -%}
import { PublicClientApplication } from "@azure/msal-node";
{% endmatch %}
export const app = new {% if f.is_public() %}Public{% else %}Confidential{% endif %}ClientApplication({
  auth: {
    clientId: {{ f.client_id }},
    authority: {{ f.authority }},
{%- if !f.alias %}
    // The host is none of Microsoft's: nobody there is asked about it. The port belongs to its name.
    knownAuthorities: [{{ f.host }}],
{%- endif %}
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
    clientSecret: process.env.{{ name }},
{%- when Proof::Secret(Kept::File(path)) %}
    clientSecret: readFileSync({{ path }}, "utf8").trim(),
{%- when Proof::Certificate(pem) %}
    clientCertificate: {
      privateKey: readFileSync({{ pem.key }}, "utf8"),
      thumbprintSha256: new X509Certificate(certificate).fingerprint256.replaceAll(":", ""),
      x5c: certificate,
    },
{%- when Proof::Federated %}
    clientAssertion: async () => (await readFile(process.env.AZURE_FEDERATED_TOKEN_FILE, "utf8")).trim(),
{%- when Proof::Nothing %}
{%- endmatch %}
  },
});
