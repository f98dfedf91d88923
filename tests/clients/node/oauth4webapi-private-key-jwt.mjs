// client: oauth4webapi
// flow: client authentication by private_key_jwt

import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as oauth from 'oauth4webapi';
import { application, claimsOf, configuration, userToken } from '../support.mjs';

const { as, client } = await configuration('oauth4webapi', 'reports-api');
const pem = await readFile(application('reports-api').certificate.key, 'utf8');
const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
const { access_token: subject_token } = await userToken('alice', 'reports-api');

for (const algorithm of ['RSA-PSS', 'RSASSA-PKCS1-v1_5']) {
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, { name: algorithm, hash: 'SHA-256' }, false, ['sign']);
  const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const response = await oauth.genericTokenEndpointRequest(as, client, oauth.PrivateKeyJwt(key), grant, {
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: 'api://company-data',
  });
  const { access_token } = await oauth.processGenericTokenEndpointResponse(as, client, response);
  assert.equal(claimsOf(access_token).azpacr, '2', 'the token says that its client proved itself with a key');
}
