// client: @azure/msal-node
// flow: on behalf of, with a federated credential

import assert from 'node:assert/strict';
import { createSign, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimsOf, configuration, emulator, scopeOf, userToken } from '../support.mjs';

// The platform that runs reports-api puts a token of its own into a file: no secret of ours is there.
const folder = await mkdtemp(join(tmpdir(), 'stead-federated-'));
process.env.AZURE_FEDERATED_TOKEN_FILE = join(folder, 'token');
const { issuer, subject, audience, key } = emulator.foreign_issuer;
const privateKey = await readFile(key, 'utf8');
const keepTokenOf = (sub) => {
  const now = Math.floor(Date.now() / 1000);
  const parts = [{ alg: 'RS256', typ: 'JWT' }, { iss: issuer, sub, aud: audience, iat: now, nbf: now, exp: now + 300, jti: randomUUID() }];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
  return writeFile(process.env.AZURE_FEDERATED_TOKEN_FILE, `${signed}.${signature}\n`);
};

const { app } = await configuration('msal-node', 'reports-api', '--credential', 'federated');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
const exchange = (resource) => app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf(resource)] });

await keepTokenOf(subject);
assert.equal(claimsOf((await exchange('company-data')).accessToken).name, 'Alice Archer');

// The same issuer speaks of somebody else: that is no proof of reports-api.
await keepTokenOf('repo:acme/other:ref:refs/heads/main');
await assert.rejects(exchange('archive'), (error) => error.errorCode === 'invalid_client' && /AADSTS700213:/.test(error.message));
await rm(folder, { recursive: true });
