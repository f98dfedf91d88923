// client: @azure/msal-node
// flow: one user is throttled while another goes on

import assert from 'node:assert/strict';
import { claimsOf, configuration, fault, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const tokens = {};
for (const user of ['alice', 'bob']) tokens[user] = (await userToken(user, 'reports-api')).access_token;
const exchange = (user, resource) => app.acquireTokenOnBehalfOf({ oboAssertion: tokens[user], scopes: [scopeOf(resource)] });

await fault('throttled', '--user', 'alice');
await assert.rejects(exchange('alice', 'company-data'), { name: 'ServerError', errorCode: 'temporarily_unavailable' });

// After a 429, or a `Retry-After`, the library would hold back everybody for a minute. Bob does not notice.
assert.equal(claimsOf((await exchange('bob', 'company-data')).accessToken).name, 'Bob Baxter');
assert.equal(claimsOf((await exchange('bob', 'archive')).accessToken).name, 'Bob Baxter');
await assert.rejects(exchange('alice', 'company-data'), { errorCode: 'temporarily_unavailable' });
