// npm oidc-provider with a stateless token-exchange grant (RFC 8693), as a peer to measure Stead beside.
//
// What it does for each exchange: authenticates the client by its secret, verifies the signature, issuer,
// audience, kind and times of the subject token, and mints an ES256 JWT for the resource that is asked for, with the
// actor in it. It looks no user up, asks no policy, and keeps nothing: memory only, no record, no revocation.
// Once it listens it prints one line of JSON: where, as whom, and which tokens may be exchanged.
//
// With --here it can be found by its issuer, as an identity provider for a gateway: it is called by where it listens.
//
//   node oidc-provider.mjs [--workers N] [--here]

import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify } from "jose";
import Provider, { errors } from "oidc-provider";

const ISSUER = "http://peer.stead.test";
const CLIENT = "reports-api";
const AUDIENCE = "api://reports-api";
const RESOURCE = "api://company-data";
const SCOPE = "Rows.Read";
const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const LIFETIME = 300;
const SUBJECT_TOKENS = 1000;

const { values: asked } = parseArgs({
  options: { workers: { type: "string", default: "1" }, here: { type: "boolean", default: false } },
});
const workers = Number(asked.workers);
const shared = process.env.PEER === undefined ? await prepare() : JSON.parse(process.env.PEER);

if (cluster.isPrimary && workers > 1) {
  const pids = await Promise.all(Array.from({ length: workers }, fork));
  tell(pids.map((worker) => worker.pid), pids[0].port);
} else {
  const server = createServer();
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", async () => {
    const { port } = server.address();
    if (asked.here) shared.issuer = `http://127.0.0.1:${port}`;
    server.on("request", (await provider()).callback());
    if (cluster.isPrimary) tell([process.pid], port);
    else process.send({ pid: process.pid, port });
  });
}

/** Key, secret and folder: made once, the same for every worker. */
async function prepare() {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "peer-1" };
  const folder = mkdtempSync(join(tmpdir(), "stead-peer-"));
  return { issuer: ISSUER, jwk, secret: randomBytes(32).toString("base64url"), folder };
}

function fork() {
  const worker = cluster.fork({ PEER: JSON.stringify(shared) });
  worker.on("exit", () => process.exit(1));
  return new Promise((resolve) => worker.once("message", resolve));
}

async function provider() {
  const subjectKeys = createLocalJWKSet({ keys: [publicHalf(shared.jwk)] });
  const resource = {
    scope: SCOPE,
    audience: RESOURCE,
    accessTokenFormat: "jwt",
    accessTokenTTL: LIFETIME,
    jwt: { sign: { alg: "ES256" } },
  };
  const made = new Provider(shared.issuer, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: shared.secret,
        grant_types: [GRANT],
        id_token_signed_response_alg: "ES256",
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    cookies: { keys: [shared.secret] },
    extraTokenClaims: (ctx) => ({ act: { sub: ctx.oidc.client.clientId } }),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => resource,
      },
    },
    jwks: { keys: [shared.jwk] },
    scopes: [SCOPE],
    ttl: { AccessToken: LIFETIME },
  });
  made.registerGrantType(GRANT, exchange, [
    "audience",
    "requested_token_type",
    "scope",
    "subject_token",
    "subject_token_type",
  ]);
  return made;

  async function exchange(ctx) {
    const { client, params } = ctx.oidc;
    if (params.subject_token_type !== ACCESS_TOKEN || params.audience !== RESOURCE) {
      throw new errors.InvalidRequest("an access token for the one resource there is, please");
    }
    if (params.scope !== SCOPE) throw new errors.InvalidScope("no such scope", params.scope);
    const subject = await verified(params.subject_token);
    const token = new made.AccessToken({
      accountId: subject.sub,
      client,
      gty: "token_exchange",
      resourceServer: new made.ResourceServer(RESOURCE, resource),
      scope: SCOPE,
    });
    ctx.oidc.entity("AccessToken", token);
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: ACCESS_TOKEN,
      token_type: token.tokenType,
      expires_in: token.expiration,
      scope: token.scope,
    };
  }

  async function verified(token) {
    const accepted = { issuer: shared.issuer, audience: AUDIENCE, typ: "at+jwt", algorithms: ["ES256"] };
    try {
      return (await jwtVerify(token, subjectKeys, accepted)).payload;
    } catch {
      throw new errors.InvalidGrant("the subject token is not valid");
    }
  }
}

/** Says where it listens, and puts subject tokens and the client's secret where they can be read. */
async function tell(pids, port) {
  const { folder, jwk, secret } = shared;
  const key = await importJWK(jwk, "ES256");
  const tokens = Array.from({ length: SUBJECT_TOKENS }, (_, number) => subjectToken(key, number));
  const file = (name, text) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const said = {
    name: `oidc-provider ${versionOf("oidc-provider")}, Node ${process.versions.node}, processes: ${pids.length}`,
    url: `http://127.0.0.1:${port}/token`,
    issuer: shared.issuer,
    pids,
    client: CLIENT,
    secret_file: file("secret", secret),
    token_file: file("tokens", (await Promise.all(tokens)).join("\n")),
    to: RESOURCE,
    scope: SCOPE,
  };
  process.stdout.write(`${JSON.stringify(said)}\n`);
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => leave(folder));
}

function leave(folder) {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

/** As long as one of Stead's: the same claims. */
function subjectToken(key, number) {
  const id = number.toString(16).padStart(32, "0");
  const auth = Math.floor(Date.now() / 1000) - 60;
  const claims = {
    client_id: "dashboard",
    azp: "dashboard",
    azpacr: "1",
    scope: "Reports.Read",
    scp: "Reports.Read",
    sid: id,
    acr: "urn:stead:acr:password",
    amr: ["pwd"],
    auth_time: auth,
    oid: id,
    tid: "6f1a3c52-58b3-4a0e-9c2e-1f4d2a7b9e10",
    ver: "2.0",
    idtyp: "user",
    name: `User ${number} of the bench`,
    preferred_username: `user-${number}@stead.test`,
    lineage: { auth: auth * 1000, since: auth * 1000, families: [id], clients: ["dashboard"] },
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid: shared.jwk.kid, typ: "at+jwt" })
    .setIssuer(shared.issuer)
    .setAudience(AUDIENCE)
    .setSubject(id)
    .setJti(id)
    .setIssuedAt()
    .setExpirationTime("8h")
    .sign(key);
}

function publicHalf({ d, ...rest }) {
  return rest;
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(import.meta.dirname, "node_modules", name, "package.json"))).version;
}
