// An identity provider that binds tokens to a key (DPoP, RFC 9449), to try a gateway with. It signs for whoever asks, under
// any name: never let it out of your machine. Node's own library does it all.
//
//     PORT=9000 node issuer.mjs
//
// POST /token with a proof gives the user of `username` a token bound to the proof's key, and one without gives a bearer
// token; a token exchange (RFC 8693) gives one for the API behind. GET /exchanges says how many of these there were.

import { createServer } from "node:http";
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { text } from "node:stream/consumers";

const issuer = `http://127.0.0.1:${process.env.PORT ?? 9000}`;
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = { ...publicKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "1" };
let exchanges = 0;

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const read = (jwt, at) => JSON.parse(Buffer.from(jwt.split(".")[at], "base64url"));

function token(claims) {
  const now = Math.floor(Date.now() / 1000);
  const says = { iss: issuer, iat: now, exp: now + 3600, jti: randomUUID(), ...claims };
  const signed = `${part({ typ: "at+jwt", alg: "ES256", kid: "1" })}.${part(says)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return { access_token: `${signed}.${signature.toString("base64url")}`, expires_in: 3600 };
}

// The key's thumbprint (RFC 7638). Whether the proof is good, a provider would see to before.
function bound(proof) {
  const { crv, kty, x, y } = read(proof, 0).jwk;
  const canonical = JSON.stringify({ crv, kty, x, y });
  return { jkt: createHash("sha256").update(canonical).digest("base64url") };
}

function exchange(form) {
  exchanges += 1;
  const { sub, client_id } = read(form.get("subject_token"), 1);
  const act = { sub: "reports-api", act: { sub: client_id } };
  const claims = { sub, client_id: "reports-api", aud: form.get("audience"), scope: form.get("scope"), act };
  const issued_token_type = "urn:ietf:params:oauth:token-type:access_token";
  return { ...token(claims), token_type: "Bearer", issued_token_type };
}

function first(form, proof) {
  const claims = { sub: form.get("username"), client_id: "terminal", aud: "api://reports-api", scope: "Reports.Read" };
  if (proof === undefined) return { ...token(claims), token_type: "Bearer" };
  return { ...token({ ...claims, cnf: bound(proof) }), token_type: "DPoP" };
}

const server = createServer(async (request, response) => {
  const answer = (body, status = 200) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.url === "/jwks") return answer({ keys: [jwk] });
  if (request.url === "/exchanges") return answer(exchanges);
  if (request.url === "/token") {
    const form = new URLSearchParams(await text(request));
    if (form.get("grant_type") === EXCHANGE) return answer(exchange(form));
    if (form.has("username")) return answer(first(form, request.headers.dpop));
    return answer({ error: "invalid_grant" }, 400);
  }
  answer({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: [EXCHANGE],
    dpop_signing_alg_values_supported: ["ES256"],
  });
});

server.listen(new URL(issuer).port, "127.0.0.1", () => console.log(`ready: ${issuer}`));
