// Somebody with a key: gets a token that is bound to it, and proves with each request to have it (RFC 9449).
//
//     node holder.mjs token USER ISSUER            into the files USER.jwk and USER.token
//     node holder.mjs proof USER METHOD URL [NONCE]   prints a proof for one request with that token

import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const [what, user, ...more] = process.argv.slice(2);
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function key() {
  const file = `${user}.jwk`;
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(file, JSON.stringify(privateKey.export({ format: "jwk" })), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function proof(htm, htu, more) {
  const { d, ...jwk } = key();
  const says = { jti: randomUUID(), iat: Math.floor(Date.now() / 1000), htm, htu, ...more };
  const signed = `${part({ typ: "dpop+jwt", alg: "ES256", jwk })}.${part(says)}`;
  const signer = { key: createPrivateKey({ key: { d, ...jwk }, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${signed}.${sign("sha256", Buffer.from(signed), signer).toString("base64url")}`;
}

if (what === "token") {
  const url = `${more[0]}/token`;
  const body = new URLSearchParams({ grant_type: "demo", username: user });
  const answer = await fetch(url, { method: "POST", body, headers: { dpop: proof("POST", url) } });
  const { token_type, access_token } = await answer.json();
  writeFileSync(`${user}.token`, access_token, { mode: 0o600 });
  console.log(token_type);
} else {
  const [method, url, nonce] = more;
  const ath = createHash("sha256").update(readFileSync(`${user}.token`)).digest("base64url");
  console.log(proof(method, url, { ath, nonce }));
}
