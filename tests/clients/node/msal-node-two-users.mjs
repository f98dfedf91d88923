// client: @azure/msal-node
// flow: on behalf of, two users interleaved

import assert from 'node:assert/strict';
import { claimsOf, configuration, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const people = { alice: 'Alice Archer', bob: 'Bob Baxter' };
const assertions = {};
for (const user of Object.keys(people)) assertions[user] = (await userToken(user, 'reports-api')).access_token;

const scopes = [scopeOf('company-data')];
const exchange = async (user) => {
  const { accessToken, fromCache } = await app.acquireTokenOnBehalfOf({ oboAssertion: assertions[user], scopes });
  assert.equal(claimsOf(accessToken).name, people[user]);
  return fromCache;
};

// All at once, then again from the library's memory: each gets their own, always.
await Promise.all(['alice', 'bob', 'bob', 'alice', 'alice', 'bob'].map(exchange));
for (const user of ['bob', 'alice', 'alice', 'bob']) assert.equal(await exchange(user), true);
