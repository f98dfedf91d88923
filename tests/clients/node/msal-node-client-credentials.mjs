// client: @azure/msal-node
// flow: client credentials

import assert from 'node:assert/strict';
import { application, claimsOf, configuration } from '../support.mjs';

const { app } = await configuration('msal-node', 'daemon');
const scopes = ['api://company-data/.default'];

const first = await app.acquireTokenByClientCredential({ scopes });
const { aud, azp, roles, scp } = claimsOf(first.accessToken);
assert.deepEqual({ aud, azp, scp }, { aud: 'api://company-data', azp: application('daemon').client_id, scp: undefined });
assert.deepEqual(roles, ['Rows.Read']);
assert.equal((await app.acquireTokenByClientCredential({ scopes })).fromCache, true);
