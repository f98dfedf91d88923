// "Sign in again, like so": what a 401 asks for, by RFC 9470 or in Entra's words.

/** A name with its value, or alone: the next scheme. */
const PART = /([^\s,="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/** What to sign in with, `{ claims, acrValues, maxAge }`, or `null`. */
export function challengeOf({ status, headers }) {
  const all = [];
  for (const [, name, quoted, bare] of headers.get('www-authenticate')?.matchAll(PART) ?? []) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    if (value === undefined) all.push({ '': name.toLowerCase() });
    else if (all.length) all.at(-1)[name.toLowerCase()] = value;
  }
  const saying = (error) => all.find((it) => it[''] === 'bearer' && it.error === error);
  const standard = saying('insufficient_user_authentication');
  const claims = decoded(saying('insufficient_claims')?.claims);
  if (status !== 401 || !(standard || claims)) return null;
  const { acrs, auth_time } = JSON.parse(claims)?.access_token ?? {};
  const acrValues = standard?.acr_values ?? acrs?.values?.join(' ') ?? acrs?.value;
  const age = standard?.max_age ?? auth_time?.max_age;
  const maxAge = age && Number(age);
  return { claims: claims ?? claimsFor(acrValues, maxAge), acrValues, maxAge };
}

/** Calls; if challenged, signs in and calls again. */
export async function withChallenge(call, signIn) {
  const response = await call();
  const challenge = challengeOf(response);
  if (challenge) await signIn(challenge);
  return challenge ? call() : response;
}

function decoded(base64) {
  try {
    const bytes = atob(base64.replace(/-/g, '+').replace(/_/g, '/'));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (it) => it.charCodeAt()));
    return JSON.parse(text) && text;
  } catch {
    return null;
  }
}

function claimsFor(acrs, max_age) {
  const access_token = {
    acrs: acrs && { essential: true, values: acrs.split(' ') },
    auth_time: max_age >= 0 ? { essential: true, max_age } : undefined,
  };
  return JSON.stringify({ access_token });
}
