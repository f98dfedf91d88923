// A token's claims, those that decide on top with a sentence each, and the chain of who acts for whom.

import { el } from './dom.js';

/** What the claims that matter say, in the order in which they are best read. */
const EXPLAINED = {
  aud: () => 'Whom it opens: this one API. Any other refuses it.',
  scope: () => 'What may be done with it, and nothing more.',
  sub: (claims) => `Whose it is: ${claims.name ?? 'the user'}, by an id that never changes.`,
  act: (claims) => `Who acts: ${claims.act.sub} does, for ${claims.name ?? 'the user'}, and does not pretend to be them.`,
  client_id: () => 'Which application it was issued to.',
  exp: (claims) => `When it ends: ${when(claims.exp)}.`,
  auth_time: (claims) => `When ${claims.name ?? 'the user'} last proved who they are: ${when(claims.auth_time)}.`,
  acr: (claims) => strength(claims.acr),
};

/** What the new token says otherwise than the one it came from. */
const COMPARED = {
  aud: (_, before) => `Whom it opens: company data, no longer ${shortened(before.aud)}. Each token fits one door.`,
  sub: () => 'Whose it is: still the same person.',
  exp: (claims) => `When it ends: ${when(claims.exp)}, never later than the token it came from.`,
};

/** Claims behind a summary; with `before`, beside those of the token that this one came from. */
export function claimsDetails(summary, claims, before = null) {
  const important = Object.keys(EXPLAINED).filter((name) => claims[name] !== undefined);
  const others = Object.keys(claims).filter((name) => !important.includes(name));
  return el('details', { class: 'said' },
    el('summary', {}, summary),
    el('dl', { class: 'claims' }, ...important.map((name) => explained(name, claims, before))),
    el('details', { class: 'rest' },
      el('summary', {}, `${others.length} more claims`),
      termsList(Object.fromEntries(others.map((name) => [name, claims[name]])))));
}

/** Names and values, as they were said. */
export function termsList(terms) {
  return el('dl', { class: 'terms' }, ...termsOf(terms));
}

/** The same without the list around them. */
export function termsOf(terms) {
  return Object.entries(terms).map(([name, value]) =>
    el('div', {}, el('dt', {}, el('code', {}, name)), el('dd', {}, el('code', {}, written(value)))));
}

/** `company-data ← reports-api ← dashboard for alice`: the chain of a token, down to the client that signed the user in. */
export function chainOf(claims, before) {
  const links = [claims.aud];
  for (let actor = claims.act; actor; actor = actor.act) links.push(actor.sub);
  links.push(before.client_id);
  const drawn = links.map(shortened).flatMap((link, place) => [
    place === 0 ? '' : ' ← ',
    el('span', { class: 'link', 'data-party': partyOf(link) }, link),
  ]);
  return el('p', { id: 'chain', class: 'chain' }, ...drawn,
    el('span', { class: 'whole' }, ' for ', el('span', { class: 'link', 'data-party': 'person' }, claims.preferred_username)));
}

/** `api://reports-api` as people call it. */
export function shortened(audience) {
  return audience.replace(/^api:\/\//, '');
}

function explained(name, claims, before) {
  const sentence = (before && COMPARED[name] ? COMPARED[name] : EXPLAINED[name])(claims, before);
  const tag = before === null ? null : el('span', { class: 'tag', 'data-tag': changed(name, claims, before) }, changed(name, claims, before));
  return el('div', {},
    el('dt', {}, el('code', {}, name), tag),
    el('dd', {}, el('code', {}, written(claims[name])), el('p', {}, sentence)));
}

function changed(name, claims, before) {
  if (before[name] === undefined) return 'new';
  return written(before[name]) === written(claims[name]) ? 'same' : 'changed';
}

function partyOf(name) {
  return { 'company-data': 'data', 'reports-api': 'reports', dashboard: 'dashboard' }[name] ?? 'other';
}

function strength(acr) {
  const known = {
    'urn:stead:acr:password': 'How strongly: with a password, once in this session.',
    'urn:stead:acr:reauth': 'How strongly: proved again, when it was asked for.',
    'urn:stead:acr:mfa': 'How strongly: with two factors.',
  };
  return known[acr] ?? 'How strongly the user signed in.';
}

function written(value) {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `14:32:05, in 9 min` */
function when(seconds) {
  const clock = new Date(seconds * 1000).toLocaleTimeString('en-GB');
  const away = Math.round(seconds - Date.now() / 1000);
  const amount = Math.abs(away) < 90 ? `${Math.abs(away)} s` : `${Math.round(Math.abs(away) / 60)} min`;
  return `${clock}, ${away < 0 ? `${amount} ago` : `in ${amount}`}`;
}
