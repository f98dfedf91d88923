// What happened: each hop from the browser to company data, as far as the request came.

import { byId, el } from './dom.js';
import { chainOf, claimsDetails, termsList } from './claims.js';

/** What became of a hop, in a word, unless it simply went well. */
const BADGES = { refused: 'Refused', asked: 'Challenge', failed: 'Failed', waiting: 'Under way', unreached: 'Not reached' };

/** What reports-api says to the identity provider. The words differ, the question is the same. */
const EXCHANGE = {
  rfc8693: {
    name: 'OAuth 2.0 Token Exchange (RFC 8693)',
    terms: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'the dashboard’s token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'api://company-data',
      scope: 'Rows.Read',
    },
  },
  entra: {
    name: 'Microsoft Entra’s on-behalf-of flow',
    terms: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      assertion: 'the dashboard’s token',
      scope: 'api://company-data/Rows.Read',
    },
  },
};

/** Draws the hops of `{ claims, again, dialect, outcome }`; the outcome is what reports-api answered so far. */
export function drawHops(story) {
  const hops = [signedIn(story), asked(story), exchanged(story), read(story)];
  byId('hops').replaceChildren(...hops.map(draw));
}

function signedIn({ claims, again }) {
  return {
    state: 'done',
    between: [['person', 'You'], '→', ['identity', 'Identity provider']],
    title: again ? 'You confirmed that it is you' : 'You signed in',
    text: 'The dashboard was given a token that opens reports-api, and nothing else.',
    more: [claimsDetails('The dashboard’s token', claims)],
  };
}

function asked({ outcome }) {
  const states = { waiting: 'waiting', trouble: 'failed' };
  return {
    state: states[outcome.kind] ?? 'done',
    between: [['dashboard', 'Dashboard'], '→', ['reports', 'reports-api']],
    title: 'The dashboard asked for your reports',
    text: outcome.kind === 'trouble'
      ? 'There was no answer that could be used.'
      : 'It sent the token along, and reports-api verified it.',
  };
}

function exchanged({ dialect, outcome }) {
  const { name, terms } = EXCHANGE[dialect];
  const endings = {
    rows: ['done', 'reports-api exchanged the token', 'It was given one that opens company-data on your behalf, for no longer than yours is valid.'],
    denied: ['refused', 'The exchange was refused', 'The identity provider asks rule after rule about an exchange, and one of them said no. No token was issued.'],
    challenge: ['asked', 'The exchange waits for you', 'For these rows your sign-in has to be fresh. The question travelled back to this page.'],
  };
  const [state, title, text] = endings[outcome.kind] ?? ['unreached', 'The exchange', 'reports-api exchanges the token for one that opens company-data.'];
  return {
    state,
    between: [['reports', 'reports-api'], '⇄', ['identity', 'Identity provider']],
    title,
    text,
    more: state === 'unreached' ? [] : [el('details', { class: 'said' }, el('summary', {}, name), termsList(terms))],
  };
}

function read({ outcome }) {
  const between = [['reports', 'reports-api'], '→', ['data', 'company-data']];
  if (outcome.kind === 'waiting') {
    return { state: 'unreached', between, title: 'Company data', text: 'It answers whoever brings the new token.' };
  }
  if (outcome.kind !== 'rows') {
    return { state: 'unreached', between, title: 'Company data was not asked', text: 'Without the new token there is nothing to ask it with.' };
  }
  return {
    state: 'done',
    between,
    title: 'Company data answered',
    text: 'It verified the new token, which says who acts for whom:',
    more: [chainOf(outcome.sent, outcome.received), claimsDetails('The token that company-data saw', outcome.sent, outcome.received)],
  };
}

function draw({ state, between, title, text, more = [] }) {
  const route = between.map((part) =>
    Array.isArray(part) ? el('span', { class: 'party', 'data-party': part[0] }, part[1]) : el('span', { class: 'arrow' }, ` ${part} `));
  return el('li', { 'data-state': state },
    el('p', { class: 'route' }, ...route),
    el('h3', {}, title, BADGES[state] ? el('span', { class: 'badge' }, BADGES[state]) : null),
    el('p', {}, text),
    ...more);
}
