// client: oauth4webapi
// flow: RFC 9470 step-up of an RFC 8693 exchange

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { claimsOf, configuration, newBrowser, userToken } from '../support.mjs';

const { as, client, clientAuth } = await configuration('oauth4webapi', 'reports-api');
const browser = newBrowser();
const exchange = async (subject_token) => {
  const response = await oauth.genericTokenEndpointRequest(as, client, clientAuth, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: 'api://vault',
  });
  return oauth.processGenericTokenEndpointResponse(as, client, response);
};

// The refusal says how strong the sign-in has to be, in the words of the next authorization request.
const { access_token: weak } = await userToken('bob', 'reports-api', { at: browser });
const refusal = await exchange(weak).then(() => assert.fail('a password was enough'), (error) => error);
assert.equal(refusal.error, 'insufficient_user_authentication');
const { acr_values } = refusal.cause;
assert.equal(acr_values, 'urn:stead:acr:mfa');

// Bob signs in with exactly that, adding an authenticator app on the way.
const { access_token: strong } = await userToken('bob', 'reports-api', { at: browser, asked: { acr_values } });
const { access_token } = await exchange(strong);
assert.deepEqual([claimsOf(access_token).aud, claimsOf(access_token).acr], ['api://vault', 'urn:stead:acr:mfa']);
