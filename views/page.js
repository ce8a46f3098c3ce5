/** Small help on every page; all of them work without it. */

const TOLD = ['auth0_connect_error', 'auth0_connect_connection', 'connection', 'done'];

// What the address tells about what has just happened is shown by now: a reload, or the back button, does not tell it again.
const address = new URL(location.href);
if (TOLD.some((name) => address.searchParams.has(name))) {
  for (const name of TOLD) address.searchParams.delete(name);
  history.replaceState(history.state, '', address);
}
// A screen reader goes on from here, and so does the keyboard.
document.querySelector('main > .notice')?.focus({ preventScroll: true });

// The server does not know the person's time zone; the browser does.
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
for (const time of document.querySelectorAll('time.moment')) time.textContent = moment.format(new Date(time.dateTime));

// Pressed once is enough: the next page is on its way. A form whose own script has answered goes nowhere.
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented) return;
  if (!navigator.onLine) {
    event.preventDefault();
    showConnection();
    return;
  }
  const form = event.target;
  for (const button of form.querySelectorAll('button[type=submit]')) button.setAttribute('aria-disabled', 'true');
  form.addEventListener('submit', (again) => again.preventDefault());
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

// Says that there is no connection, before something is pressed in vain.
for (const change of ['online', 'offline']) addEventListener(change, showConnection);
showConnection();

function showConnection() {
  document.querySelector('#offline > p').hidden = navigator.onLine;
}
