// "Sign in again, like so": the challenges of a 401, and what they ask of the next authorization request.

/** A name; with `= "value"` it is a parameter, alone it begins the next challenge (RFC 9110 §11.6.1). */
const PART = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

/**
 * The demand for a new sign-in that a `WWW-Authenticate` header holds, as parameters of the authorization
 * request: RFC 9470's `acr_values` and `max_age`, or Entra's `claims`. `null` if it demands none.
 */
export function demandOf(header, dialect) {
  const challenges = parse(header ?? '').filter(({ scheme }) => scheme.toLowerCase() === 'bearer');
  const saying = (error) => challenges.find((challenge) => challenge.error === error);
  const standard = saying('insufficient_user_authentication');
  const entra = saying('insufficient_claims');
  if (entra?.claims && (dialect === 'entra' || !standard)) return { claims: atob(entra.claims) };
  if (!standard) return null;
  const asked = ['acr_values', 'max_age'].filter((name) => standard[name] !== undefined);
  return Object.fromEntries(asked.map((name) => [name, standard[name]]));
}

/** How many seconds ago the user may have signed in at most; `undefined` if it does not matter. */
export function freshnessOf(demand) {
  if (demand.max_age !== undefined) return Number(demand.max_age);
  return demand.claims && JSON.parse(demand.claims).access_token?.auth_time?.max_age;
}

function parse(header) {
  const challenges = [];
  for (const [, name, quoted, bare] of header.matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    if (value === undefined) challenges.push({ scheme: name });
    else if (challenges.length > 0) challenges.at(-1)[name.toLowerCase()] = value;
  }
  return challenges;
}
