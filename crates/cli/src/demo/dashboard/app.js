// The dashboard: signs the user in, asks reports-api for their rows, and shows what came of it.
//
// | file | what it is |
// |---|---|
// | `oauth.js` | signing in and out |
// | `challenge.js` | "sign in again, like so", read from a 401: the helper that Stead has for every page |
// | `rows.js` | the table |
// | `hops.js`, `claims.js` | what happened on the way |
// | `dom.js` | small helpers |

import { challengeOf } from './challenge.js';
import { termsOf } from './claims.js';
import { announce, byId, el, showOnly, wireCopyButtons } from './dom.js';
import { drawHops } from './hops.js';
import { SignInProblem, claimsOf, discover, redeem, signIn, signOut, takeAnswer } from './oauth.js';
import { drawRows } from './rows.js';

const VIEWS = ['loading', 'welcome', 'unreachable', 'workspace'];
const PANELS = ['waiting', 'answer', 'empty', 'denied', 'challenge', 'trouble'];

/** What the page knows. Tokens are here and nowhere else: with the page, they are gone. */
const known = {
  settings: null,
  client: null,
  provider: null,
  tokens: null,
  again: false,
  dialect: 'rfc8693',
  challenge: null,
  asking: null,
};

wire();
await start(takeAnswer());

async function start(answer) {
  showOnly('loading', VIEWS);
  try {
    known.settings ??= await (await fetch('settings.json')).json();
    known.provider = await discover(known.settings.issuer);
  } catch {
    return showUnreachable(answer);
  }
  const { client_id: id, scope } = known.settings;
  known.client = { id, scope, redirectUri: `${location.origin}/` };
  if (answer === null) return showWelcome();
  if (answer.isGoodbye) return showWelcome('You are signed out.');
  await comeBack(answer);
}

async function comeBack(answer) {
  try {
    known.tokens = await redeem(known.provider, known.client, answer);
  } catch (problem) {
    const words = problem instanceof SignInProblem ? problem.message : 'The identity provider did not answer. Sign in once more.';
    return showWelcome(words, 'alert');
  }
  known.dialect = answer.kept.wish.dialect ?? known.dialect;
  known.again = Boolean(answer.kept.wish.again);
  showUser(known.tokens.user);
  await askForReports({ arriving: true });
}

/** Asks reports-api, and shows whatever it answers. The last question wins. */
async function askForReports({ arriving = false } = {}) {
  known.asking?.abort();
  const asking = new AbortController();
  known.asking = asking;
  showOnly('workspace', VIEWS);
  show({ kind: 'waiting' });
  const outcome = await reports(asking.signal);
  if (asking.signal.aborted) return;
  show(outcome);
  // Whoever arrives with something to do is taken to it; whoever chose a dialect stays there.
  if (arriving && outcome.kind !== 'rows') byId(outcome.kind).querySelector('h2').focus();
}

async function reports(signal) {
  const url = new URL(known.settings.reports);
  url.searchParams.set('dialect', known.dialect);
  try {
    const answer = await fetch(url, { signal, headers: { authorization: `Bearer ${known.tokens.access}` } });
    return await outcomeOf(answer);
  } catch {
    return { kind: 'trouble', title: 'reports-api does not answer', reason: 'It may not be running.', trust: true };
  }
}

async function outcomeOf(answer) {
  if (answer.ok) return { kind: 'rows', ...(await answer.json()) };
  if (answer.status === 403) {
    const body = await answer.text();
    if (body !== '') return { kind: 'denied', ...JSON.parse(body) };
  }
  if (answer.status === 401) {
    const challenge = challengeOf(answer);
    if (challenge) return { kind: 'challenge', challenge };
    return { kind: 'trouble', title: 'Your sign-in has run out', reason: 'reports-api does not take the token any more.', expired: true };
  }
  return { kind: 'trouble', title: 'Your reports could not be read', reason: `reports-api answered with status ${answer.status}.` };
}

function show(outcome) {
  known.challenge = outcome.challenge ?? null;
  byId(`dialect-${known.dialect}`).checked = true;
  const { kind } = outcome;
  const empty = kind === 'rows' && outcome.rows.length === 0;
  const panels = { waiting: 'waiting', rows: empty ? 'empty' : 'answer' };
  const fill = { rows: empty ? null : showRows, denied: showDenied, challenge: showChallenge, trouble: showTrouble }[kind];
  fill?.(outcome);
  showOnly(panels[kind] ?? kind, PANELS);
  byId('report').setAttribute('aria-busy', String(kind === 'waiting'));
  drawHops({ claims: claimsOf(known.tokens.access), again: known.again, dialect: known.dialect, outcome });
  announce(summaryOf(outcome));
}

function summaryOf(outcome) {
  switch (outcome.kind) {
    case 'waiting': return 'Asking for your reports.';
    case 'rows': return `${outcome.rows.length} rows of revenue.`;
    case 'denied': return 'Reports may not do this for you.';
    case 'challenge': return 'Company data asks you to confirm that it is you.';
    default: return outcome.title;
  }
}

function showRows({ rows }) {
  drawRows(rows);
}

function showDenied({ error, error_description: description, error_uri: uri, trace_id: trace }) {
  const reason = uri?.split('#')[1];
  byId('denied-reason').textContent = inPlainWords(reason, description);
  const about = byId('denied-about');
  about.textContent = reason ?? 'not told';
  if (uri) about.href = uri;
  byId('denied-code').textContent = error;
  byId('trace-id').textContent = trace ?? 'none';
  byId('explain').replaceChildren(...commandOf(`stead explain --trace ${trace} --config ${known.settings.process_file}`));
}

/** A command whose options are never broken at their hyphens. */
function commandOf(text) {
  return text.split(/(--\w+)/).map((part) => (part.startsWith('--') ? el('span', { class: 'whole' }, part) : part));
}

/** What a refusal means for the person in front of the page; else what the identity provider said. */
function inPlainWords(reason, description = 'It did not say why.') {
  const who = known.tokens.user.name;
  const words = {
    'edge-not-for-user': `Reports may read company data for some people, and ${who} is not among them. Your sign-in was fine, and signing in again changes nothing: ask whoever looks after Reports to let it act for you.`,
    'consent-missing': 'Nobody has agreed yet that Reports may read company data for you. Ask an administrator to.',
    'subject-token-revoked': 'Your sign-in was ended in the meantime. Sign out, and sign in again.',
  };
  // Entra's dialect wraps the sentence into numbers and times, which are for machines.
  const sentence = description.replace(/^AADSTS\d+: /, '').replace(/\.? Trace ID: .*$/s, '');
  return words[reason] ?? `The identity provider says that ${sentence}.`;
}

function showChallenge({ challenge }) {
  const { maxAge } = challenge;
  const age = maxAge === undefined ? '' : `, at most ${inWords(maxAge)} ago`;
  byId('challenge-reason').textContent = `You are signed in. These rows are sensitive, though, and shown only after you have confirmed it again${age}. It takes your password, and you come straight back here.`;
  byId('challenge-terms').replaceChildren(...termsOf(asParameters(challenge)));
}

/** What the authorization request says of it: RFC 9470's `acr_values` and `max_age`, or Entra's `claims`. */
function asParameters({ claims, acrValues, maxAge }) {
  if (known.dialect === 'entra') return { claims };
  const asked = Object.entries({ acr_values: acrValues, max_age: maxAge });
  return Object.fromEntries(asked.filter(([, value]) => value !== undefined));
}

function inWords(seconds) {
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}

function showTrouble({ title, reason, trust = false, expired = false }) {
  byId('trouble-title').textContent = title;
  byId('trouble-reason').textContent = reason;
  byId('trouble-trust').hidden = !trust;
  byId('trouble-link').href = known.settings.reports;
  byId('try-again').hidden = expired;
  byId('sign-in-again').hidden = !expired;
}

function showWelcome(words = '', tone = 'calm') {
  showOnly('welcome', VIEWS);
  const notice = byId('notice');
  notice.textContent = words;
  notice.hidden = words === '';
  notice.classList.toggle('alert', tone === 'alert');
  announce(words);
  if (tone === 'alert') byId('welcome-title').focus();
}

function showUnreachable(answer) {
  showOnly('unreachable', VIEWS);
  byId('unreachable-link').href = known.settings ? `${known.settings.issuer}/.well-known/openid-configuration` : location.origin;
  byId('unreachable-again').onclick = () => start(answer);
  announce('The identity provider does not answer.');
}

function showUser({ name, preferred_username: login }) {
  byId('user-name').textContent = name;
  byId('user-login').textContent = login;
  byId('initials').textContent = name.split(' ').map((word) => word[0]).join('').slice(0, 2);
  byId('person').hidden = false;
  document.title = 'Revenue – Company dashboard';
}

/** Signs in with exactly what the challenge says, for the same person, and comes back to the same question. */
function confirmAgain() {
  const { challenge, tokens: { user } } = known;
  const demand = { maxAge: challenge.maxAge, ...asParameters(challenge), login_hint: user.preferred_username };
  return signIn(known.provider, known.client, { dialect: known.dialect, again: true }, demand);
}

function wire() {
  const begin = () => signIn(known.provider, known.client, { dialect: known.dialect });
  byId('sign-in').addEventListener('click', begin);
  byId('sign-in-again').addEventListener('click', begin);
  byId('confirm-again').addEventListener('click', confirmAgain);
  byId('sign-out').addEventListener('click', () => signOut(known.provider, known.client, known.tokens.id));
  byId('try-again').addEventListener('click', () => askForReports());
  for (const choice of document.querySelectorAll('[name="dialect"]')) {
    choice.addEventListener('change', () => {
      known.dialect = choice.value;
      askForReports();
    });
  }
  // Going back to a page that the browser kept would bring back what somebody saw before they signed out.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  wireCopyButtons();
}
