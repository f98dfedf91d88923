// client: @azure/msal-node
// flow: on behalf of, with assertions that will not do

import assert from 'node:assert/strict';
import { InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { configuration, forged, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const { app: daemon } = await configuration('msal-node', 'daemon');
const { access_token: good, id_token: idToken } = await userToken('alice', 'reports-api');
const { access_token: forPayroll } = await userToken('alice', 'payroll');
const { accessToken: appOnly } = await daemon.acquireTokenByClientCredential({ scopes: ['api://company-data/.default'] });

const refusals = [
  ['for another API', forPayroll, 'invalid_grant', 500131],
  ['an ID token', idToken, 'invalid_request', 240002],
  ['of an application without a user', appOnly, 'unauthorized_client', 7000114],
  ['with another signature', forged(good), 'invalid_grant', 50013],
];
for (const [what, oboAssertion, errorCode, number] of refusals) {
  const error = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] })
    .then(() => assert.fail(`${what}: accepted`), (refused) => refused);
  // Nothing that the user could do at a page would help, so it is no interaction that is required.
  assert.ok(error instanceof ServerError && !(error instanceof InteractionRequiredAuthError), `${what}: ${error.name}`);
  assert.equal(error.errorCode, errorCode, what);
  assert.ok(error.message.includes(`AADSTS${number}:`), `${what}: ${error.message}`);
}
