// Signing in and out: OpenID Connect with the authorization code flow and PKCE, for a page without a secret.
//
// What has to survive the way to the identity provider and back (state, nonce, verifier, and what the user
// was about to do) waits in sessionStorage and is taken out on return. Tokens never go there.

const KEPT = 'sign-in under way';

/** Why a sign-in came to nothing, in words for the user. */
export class SignInProblem extends Error {}

/** Where the identity provider has its endpoints (OpenID Connect Discovery §4). */
export async function discover(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error(`discovery answered ${answer.status}`);
  const provider = await answer.json();
  if (provider.issuer !== issuer) throw new Error('the discovery document is of another issuer');
  return provider;
}

/**
 * Leaves for the identity provider. `wish` comes back with the answer; `demand` holds what a challenge asks
 * of this sign-in, as further parameters of the request; its `maxAge` is held against the answer.
 */
export async function signIn(provider, client, wish = {}, { maxAge, ...demand } = {}) {
  const kept = { state: random(), nonce: random(), verifier: random(), wish, maxAge };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  leaveFor(provider.authorization_endpoint, {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: client.redirectUri,
    scope: client.scope,
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await challengeOf(kept.verifier),
    code_challenge_method: 'S256',
    ...demand,
  });
}

/** Ends the session there, too (OpenID Connect RP-Initiated Logout §2). */
export function signOut(provider, client, idToken) {
  const kept = { state: random(), leaving: true };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  leaveFor(provider.end_session_endpoint, {
    client_id: client.id,
    id_token_hint: idToken,
    post_logout_redirect_uri: client.redirectUri,
    state: kept.state,
  });
}

/** Takes the answer out of the address bar, and what was kept for it out of the storage. */
export function takeAnswer() {
  const said = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  // Neither the history nor a bookmark shall hold the code.
  history.replaceState(null, '', location.pathname);
  const isGoodbye = Boolean(kept?.leaving) && said.get('state') === kept.state;
  return isGoodbye || said.has('code') || said.has('error') ? { said, kept, isGoodbye } : null;
}

/** Trades the answer's code for tokens, once everything about the answer is right. */
export async function redeem(provider, client, { said, kept }) {
  check(kept && said.get('state') === kept.state, 'It does not belong to a sign-in that began here.');
  // A code of another provider would be sent to the wrong one (RFC 9207 §2.4).
  check(said.get('iss') === provider.issuer, 'It is by somebody else than the identity provider that was asked.');
  if (said.has('error')) throw refused(said);
  const answer = await fetch(provider.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client.id,
      code: said.get('code'),
      redirect_uri: client.redirectUri,
      code_verifier: kept.verifier,
    }),
  });
  const tokens = await answer.json();
  if (!answer.ok) throw new SignInProblem(`The identity provider did not honour it: ${tokens.error_description}.`);
  return { access: tokens.access_token, id: tokens.id_token, user: userOf(tokens.id_token, provider, client, kept) };
}

/** The claims of a JWT, unverified: to show them, or where the way it came by vouches for it. */
export function claimsOf(jwt) {
  const base64 = jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * Who signed in. The ID token came from the token endpoint itself over TLS, which stands in for its
 * signature (OpenID Connect Core §3.1.3.7, point 6); everything else about it is looked at.
 */
function userOf(idToken, provider, client, kept) {
  const user = claimsOf(idToken);
  const now = Date.now() / 1000;
  const leeway = 60;
  check(user.iss === provider.issuer && user.aud === client.id, 'Its ID token is for somebody else.');
  check(user.nonce === kept.nonce, 'Its ID token answers another sign-in.');
  check(user.exp > now - leeway, 'Its ID token has expired.');
  check(user.auth_time > now - (kept.maxAge ?? Infinity) - leeway, 'You did not sign in again.');
  return user;
}

function check(holds, otherwise) {
  if (!holds) throw new SignInProblem(`The answer to your sign-in was not accepted. ${otherwise}`);
}

function refused(said) {
  if (said.get('error') === 'access_denied') {
    return new SignInProblem('You did not give your permission, so nothing was shared with this dashboard. You can sign in and allow it at any time.');
  }
  const why = said.get('error_description') ?? said.get('error');
  return new SignInProblem(`The identity provider could not sign you in: ${why}.`);
}

function leaveFor(endpoint, parameters) {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/** 256 bits that nobody can guess. */
function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** RFC 7636 §4.2. */
async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
