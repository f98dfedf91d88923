// client: @azure/msal-node
// flow: on behalf of, twice

import assert from 'node:assert/strict';
import { application, claimsOf, configuration, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');

const first = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
const { aud, scp, name, act } = claimsOf(first.accessToken);
assert.deepEqual({ aud, scp, name, through: act.sub }, {
  aud: 'api://company-data',
  scp: 'Rows.Read',
  name: 'Alice Archer',
  through: application('reports-api').client_id,
});
assert.equal(first.fromCache, false);

// The second call for the same user and API is served from the memory of the library.
const second = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
assert.equal(second.fromCache, true);
assert.equal(second.accessToken, first.accessToken);

// `.default` asks for everything that reports-api may do there; it is cached just as well.
const all = ['api://company-data/.default'];
await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: all });
const again = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: all });
assert.equal(again.fromCache, true);
