{% match f.proof -%}
{% when Proof::Certificate(pem) -%}
const pem = readFileSync({{ pem.key }}, "utf8").replace(/-----[^-]+-----|\s/g, "");
const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
const key = await crypto.subtle.importKey("pkcs8", Buffer.from(pem, "base64"), algorithm, false, ["sign"]);

{% when Proof::Federated -%}
/** Proves who it is with a token of the issuer it trusts, read anew each time. */
async function federated(as, client, body) {
  body.set("client_id", client.client_id);
  body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  body.set("client_assertion", (await readFile(process.env.AZURE_FEDERATED_TOKEN_FILE, "utf8")).trim());
}

{% when _ -%}
{% endmatch -%}
