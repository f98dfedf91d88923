// client: openid-client
// flow: RFC 8693 token exchange, by audience and by resource

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { claimsOf, configuration, scopeOf, userToken } from '../support.mjs';

const { config } = await configuration('openid-client', 'reports-api');
const { access_token: subject_token } = await userToken('alice', 'reports-api');
const exchange = (parameters) => client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', {
  subject_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  ...parameters,
});

// The target is named by `audience`, by `resource`, or within the scope: it is the same edge.
const targets = [
  { audience: 'api://company-data', scope: 'Rows.Read' },
  { resource: 'api://company-data', scope: 'Rows.Read' },
  { scope: scopeOf('company-data') },
  { audience: 'api://company-data' },
];
for (const target of targets) {
  const answer = await exchange(target);
  const { aud, scope, name, act } = claimsOf(answer.access_token);
  const through = config.clientMetadata().client_id;
  assert.deepEqual({ aud, scope, name, act }, { aud: 'api://company-data', scope: 'Rows.Read', name: 'Alice Archer', act: { sub: through } });
  assert.equal(answer.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(answer.token_type, 'bearer');
}

// What the edge does not give is refused, and the library says with which code.
const refusals = [
  [{ audience: 'api://billing-api' }, 'invalid_target'],
  [{ audience: 'api://company-data', scope: 'Rows.Write' }, 'invalid_scope'],
  [{ audience: 'api://company-data', resource: 'api://payroll' }, 'invalid_target'],
];
for (const [target, code] of refusals) {
  await assert.rejects(exchange(target), { name: 'ResponseBodyError', error: code, status: 400 });
}
