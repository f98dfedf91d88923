// The page: msal-browser as its documentation shows it, and nothing else.

import * as msal from '@azure/msal-browser';
import { msalConfig } from 'configuration';

const app = await msal.createStandardPublicClientApplication(msalConfig);
const cameBack = await app.handleRedirectPromise();

// The cases call the library from outside.
Object.assign(window, { msal, app, cameBack, isReady: true });
