// client: @azure/identity (JavaScript)
// flow: on behalf of, for two users
// package: @azure/identity

import assert from 'node:assert/strict';
import { AuthenticationRequiredError } from '@azure/identity';
import { claimsOf, configuration, scopeOf, userToken, withdrawConsents } from '../support.mjs';

const { onBehalfOf } = await configuration('azure-identity-js', 'reports-api');
const alice = onBehalfOf((await userToken('alice', 'reports-api')).access_token);
const bob = onBehalfOf((await userToken('bob', 'reports-api')).access_token);

const { token, expiresOnTimestamp } = await alice.getToken(scopeOf('company-data'));
assert.deepEqual([claimsOf(token).aud, claimsOf(token).name], ['api://company-data', 'Alice Archer']);
assert.ok(expiresOnTimestamp > Date.now() + 5 * 60_000);
assert.equal(claimsOf((await bob.getToken(scopeOf('company-data'))).token).name, 'Bob Baxter');
assert.equal((await alice.getToken(scopeOf('company-data'))).token, token, 'kept by the credential');

// What only the user can put right is told apart from everything else.
await withdrawConsents('reports-api', 'payroll');
await assert.rejects(alice.getToken(scopeOf('payroll')), (error) => {
  assert.ok(error instanceof AuthenticationRequiredError, error.name);
  return /AADSTS65001/.test(error.message);
});
