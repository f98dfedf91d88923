// client: @azure/msal-node
// flow: on behalf of, with a certificate

import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { application, claimsOf, configuration, scopeOf, userToken } from '../support.mjs';

const { certificate } = application('reports-api');
const [privateKey, x5c] = await Promise.all([certificate.key, certificate.cert].map((file) => readFile(file, 'utf8')));
const thumbprintSha256 = createHash('sha256').update(new X509Certificate(x5c).raw).digest('hex');

// As printed, but for the secret, which gives way to the certificate.
const { app: { config } } = await configuration('msal-node', 'reports-api');
const { clientId, authority, knownAuthorities } = config.auth;
const app = new ConfidentialClientApplication({
  auth: { clientId, authority, knownAuthorities, clientCertificate: { thumbprintSha256, privateKey, x5c } },
});

const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
assert.equal(claimsOf(accessToken).azpacr, '2', 'the token says that its client proved itself with a certificate');
