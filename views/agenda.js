/**
 * The agenda page: a single-page application in miniature. It holds an access token for as long as one call takes, and
 * whatever it shows goes in as text.
 */
const button = document.querySelector('#load');
const said = document.querySelector('#said');
const entries = document.querySelector('#entries');
let isLoading = false;

// It does nothing where no script runs.
button.hidden = false;
button.addEventListener('click', async () => {
  if (isLoading) return;
  isLoading = true;
  say(element('p', 'soft', 'Loading…'));
  entries.hidden = true;
  try {
    const { accessToken } = await call('/agenda/token', { method: 'POST' });
    const headers = { authorization: `Bearer ${accessToken}` };
    show(await call('/api/events', { headers, credentials: 'omit' }));
  } catch (error) {
    explain(error instanceof RefusedError ? error.answer : {});
  } finally {
    isLoading = false;
  }
});

/** The API's, or the app's, answer is no. */
class RefusedError extends Error {
  constructor(answer) {
    super(answer.message);
    this.answer = answer;
  }
}

async function call(path, init) {
  const response = await fetch(path, { ...init, cache: 'no-store' });
  const answer = await response.json();
  if (!response.ok) throw new RefusedError({ errorCode: `status_${response.status}`, ...answer });
  return answer;
}

function show({ name, timeZone, events }) {
  const time = formatOf({ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = { weekday: 'short', day: 'numeric', month: 'short' };
  entries.replaceChildren(
    ...events.map(({ title, start, end, allDay, location }) => {
      const [from, until] = [new Date(start), new Date(end)];
      const begins = element('time', '', allDay ? 'All day' : time.format(from));
      begins.dateTime = start;
      const ends = allDay ? '' : element('span', 'soft', `–${time.format(until)}`);
      const date = formatOf({ ...day, timeZone: allDay ? 'UTC' : timeZone }).format(from);
      return element(
        'li',
        until <= new Date() ? 'entry past' : 'entry',
        element('p', 'time', begins, ends),
        element('div', 'what', element('h3', '', title), location ? element('p', 'soft', location) : ''),
        element('p', 'length soft', date),
      );
    }),
  );
  entries.hidden = events.length === 0;
  const count = events.length === 1 ? '1 entry' : `${events.length || 'No'} entries`;
  say(element('p', 'soft', `${count} from ${name}, times in ${timeZone.replaceAll('_', ' ')}`));
}

function formatOf(parts) {
  return new Intl.DateTimeFormat('en-GB', parts);
}

/** Says what is wrong, by its code, and links to what puts it right. */
function explain({ errorCode = 'no_answer', connectUrl, loginUrl, missingScopes = [] }) {
  switch (errorCode) {
    case 'connection_required':
    case 'insufficient_scope': {
      const isMore = errorCode === 'insufficient_scope';
      const text = isMore
        ? 'Google needs your permission to show your calendar.'
        : 'Connect Google to see your agenda.';
      const back = '/agenda?done=connected&connection=google-oauth2';
      // There is no address straight after a consent that left something out; whoever wants another may press the link.
      const address =
        connectUrl ?? `/auth/connect/google-oauth2?${new URLSearchParams({ scopes: missingScopes.join(' ') })}`;
      return notice('note', errorCode, text, link(isMore ? 'Review permissions' : 'Connect Google', address, back));
    }
    case 'login_required':
      return notice(
        'note',
        errorCode,
        'You are no longer logged in.',
        link('Log in', loginUrl ?? '/auth/login', '/agenda'),
      );
    case 'insufficient_token_scope':
      return notice(
        'bad',
        errorCode,
        'Daylight is not allowed to load your agenda. Whoever runs it can see why in its log.',
      );
    default:
      return notice('bad', errorCode, 'Your agenda cannot be loaded at the moment. Try again.');
  }
}

function link(text, address, returnTo) {
  const anchor = element('a', 'button small', text);
  const url = new URL(address, location.href);
  url.searchParams.set('returnTo', returnTo);
  anchor.href = url.href;
  return anchor;
}

function notice(tone, code, text, ...links) {
  const icon = document.querySelector(`#icon-${tone}`).content.cloneNode(true);
  say(element('div', `notice ${tone}`, icon, element('p', '', `${text} `, element('code', '', code)), ...links));
}

function say(content) {
  said.replaceChildren(content);
}

/** A string among the content becomes a text node, whatever is in it. */
function element(name, className, ...content) {
  const created = document.createElement(name);
  created.className = className;
  created.append(...content);
  return created;
}
