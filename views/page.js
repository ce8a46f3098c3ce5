/** Small help on every page; all of them work without it. */

const TOLD = ['auth0_connect_error', 'auth0_connect_connection', 'connection', 'done'];

// What the address tells about what has just happened is shown by now: a reload, or the back button, does not tell it again.
const address = new URL(location.href);
if (TOLD.some((name) => address.searchParams.has(name))) {
  for (const name of TOLD) address.searchParams.delete(name);
  history.replaceState(history.state, '', address);
  // A screen reader goes on from here, and so does the keyboard.
  document.querySelector('main > .notice')?.focus({ preventScroll: true });
}

// Pressed once is enough: the next page is on its way.
document.addEventListener('submit', ({ target }) => {
  for (const button of target.querySelectorAll('button[type=submit]')) button.setAttribute('aria-disabled', 'true');
  target.addEventListener('submit', (again) => again.preventDefault());
});
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
