// client: @azure/msal-node
// flow: on behalf of, with a certificate

import assert from 'node:assert/strict';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { claimsOf, configuration, emulator, scopeOf, userToken } from '../support.mjs';

const { app } = await configuration('msal-node', 'reports-api', '--credential', 'certificate');
const { access_token: oboAssertion } = await userToken('alice', 'reports-api');

const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] });
assert.equal(claimsOf(accessToken).azpacr, '2', 'the token says that its client proved itself with a certificate');

// What it signs names the token endpoint as the authority names the tenant: the name does as well as the id.
const authority = `${emulator.public_url}/${emulator.tenant_name}`;
const byName = new ConfidentialClientApplication({ auth: { ...app.config.auth, authority } });
assert.ok(await byName.acquireTokenOnBehalfOf({ oboAssertion, scopes: [scopeOf('company-data')] }));
