// client: oauth4webapi
// flow: RFC 8693 token exchange

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { claimsOf, configuration, userToken } from '../support.mjs';

const { as, client, clientAuth } = await configuration('oauth4webapi', 'reports-api');
const { access_token: subject_token } = await userToken('bob', 'reports-api');
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const exchange = async (parameters) => {
  const asked = { subject_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', ...parameters };
  const response = await oauth.genericTokenEndpointRequest(as, client, clientAuth, grant, asked);
  return oauth.processGenericTokenEndpointResponse(as, client, response);
};

for (const target of [{ audience: 'api://company-data' }, { resource: 'api://company-data', scope: 'Rows.Read' }]) {
  const { access_token, token_type, issued_token_type, expires_in } = await exchange(target);
  const { aud, name, act } = claimsOf(access_token);
  assert.deepEqual({ aud, name, act }, { aud: 'api://company-data', name: 'Bob Baxter', act: { sub: client.client_id } });
  assert.deepEqual([token_type, issued_token_type], ['bearer', 'urn:ietf:params:oauth:token-type:access_token']);
  assert.equal(Number.isInteger(expires_in), true);
}

await assert.rejects(exchange({ audience: 'api://nowhere' }), { name: 'ResponseBodyError', error: 'invalid_target' });
