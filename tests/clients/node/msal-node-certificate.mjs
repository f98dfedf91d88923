// client: @azure/msal-node
// flow: on behalf of, with a certificate

import assert from 'node:assert/strict';
import { claimsOf, configuration, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api', '--credential', 'certificate');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');

const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
assert.equal(claimsOf(accessToken).azpacr, '2', 'the token says that its client proved itself with a certificate');
