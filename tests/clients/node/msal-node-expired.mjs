// client: @azure/msal-node
// flow: on behalf of, with an expired assertion

import assert from 'node:assert/strict';
import { InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { claimsOf, configuration, fault, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const exchange = async (resource) => {
  const { access_token: oboAssertion } = await userToken('alice', 'reports-api');
  return app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf(resource)] });
};
assert.equal(claimsOf((await exchange('archive')).accessToken).aud, 'api://archive');

// The middle tier answers its caller with 401, who gets a new token without asking the user for anything.
await fault('assertion-expired', '--user', 'alice');
const error = await exchange('company-data').then(() => assert.fail('accepted'), (refused) => refused);
assert.ok(error instanceof ServerError && !(error instanceof InteractionRequiredAuthError), error.name);
assert.equal(error.errorCode, 'invalid_grant');
assert.match(error.message, /AADSTS500133:/);
