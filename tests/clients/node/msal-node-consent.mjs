// client: @azure/msal-node
// flow: on behalf of, before and after consent

import assert from 'node:assert/strict';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import { claimsOf, configuration, scopeOf, userToken, withdrawConsents } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api');
const { access_token: oboAssertion } = await userToken('carol', 'reports-api');
const exchange = () => app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('payroll')] });

// Whatever Carol may have agreed to, she has taken back.
await withdrawConsents('reports-api', 'payroll');
const refusal = await exchange().then(() => assert.fail('nobody has consented'), (error) => error);
assert.ok(refusal instanceof InteractionRequiredAuthError, `${refusal.name}: ${refusal.message}`);
assert.deepEqual([refusal.errorCode, refusal.subError], ['invalid_grant', 'consent_required']);
assert.match(refusal.message, /AADSTS65001/);

// The front end asks her, and the very same call succeeds.
await userToken('carol', 'reports-api', { asked: { prompt: 'consent' } });
const { accessToken } = await exchange();
assert.deepEqual([claimsOf(accessToken).aud, claimsOf(accessToken).name], ['api://payroll', 'Carol Chen']);
