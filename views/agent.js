/**
 * The agent page: a conversation. Where a tool needs an account, the person connects it in a window beside the conversation,
 * and the tool goes on. Whatever is shown goes in as text.
 */
const log = document.querySelector('#log');
const form = document.querySelector('#ask');
const input = form.querySelector('input');
const ASK_AGAIN_AFTER_MS = 700;

/** All that was said, as the server takes it. */
const messages = [];
let isBusy = false;

// What does nothing where no script runs.
for (const part of document.querySelectorAll('#ideas, #ask')) part.hidden = false;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void converse(input.value.trim());
});
for (const idea of document.querySelectorAll('.idea'))
  idea.addEventListener('click', () => void converse(idea.textContent));

async function converse(text) {
  if (isBusy || text === '') return;
  document.querySelector('#ideas')?.remove();
  input.value = '';
  add(element('div', 'said by-person', element('p', '', text)));
  await turn({ role: 'user', content: text });
}

/** Sends what there is, and shows what comes of it. */
async function turn(message) {
  isBusy = true;
  messages.push(message);
  const dots = element('span', 'dots', element('span', 'hidden', 'The agent is thinking'));
  const thinking = add(element('div', 'said by-agent', dots));
  const answer = await call('/agent/turns', { messages }).catch(() => undefined);
  thinking.remove();
  isBusy = false;
  if (!answer) {
    messages.pop();
    add(noticeOf('bad', 'That did not work. Try again, or log in again.'));
    return;
  }
  messages.push(...answer.messages);
  if (answer.used.length > 0) add(element('ul', 'used', ...answer.used.map(usedOf)));
  if (answer.text) add(element('div', 'said by-agent', ...blocksOf(answer.text)));
  for (const tool of answer.waiting) add(askToConnect(tool));
  input.focus({ preventScroll: true });
}

function usedOf({ label, icon }) {
  return element('li', '', iconOf(icon), element('span', '', `Looked at ${label}`));
}

/** A card in the conversation. It answers for the tool: yes when the account is connected, no when the person does not want to. */
function askToConnect({ approvalId, label, icon, isMissingScopes, link }) {
  const words = isMissingScopes
    ? `I need one more permission of your ${label} account.`
    : `I need your ${label} account.`;
  const said = element(
    'p',
    'soft',
    `You are asked at ${label} first. I see what you approve, and you can take it back.`,
  );
  const connect = element('a', 'button small', isMissingScopes ? 'Review permissions' : `Connect ${label}`);
  const later = element('button', 'quiet', 'Not now');
  const actions = element('div', 'actions', ...(link ? [connect] : []), later);
  const card = element('div', 'connect', iconOf(icon), element('div', 'what', element('h2', '', words), said, actions));

  const answer = async (approved, text) => {
    card.replaceWith(noticeOf(approved ? 'good' : 'note', text));
    await turn({ role: 'tool', content: [{ type: 'tool-approval-response', approvalId, approved }] });
  };
  later.type = 'button';
  later.addEventListener('click', () => answer(false, `Without ${label}`));
  if (link) {
    connect.href = link.url;
    connect.target = '_blank';
    connect.addEventListener('click', async (event) => {
      const beside = window.open(link.url, 'connect', 'popup,width=560,height=760');
      if (beside) event.preventDefault(); // else the browser opens the link itself
      if (card.dataset.waits) return;
      card.dataset.waits = 'yes';
      const isConnected = (await untilAnswered(link.id)) === 'connected';
      await answer(isConnected, isConnected ? `${label} is connected` : `${label} was not connected`);
    });
  }
  return card;
}

async function untilAnswered(id) {
  for (;;) {
    const { status } = await call(`/agent/links/${id}`).catch(() => ({}));
    if (status !== undefined && status !== 'pending' && status !== 'opened') return status;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
  }
}

async function call(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, { ...init, cache: 'no-store' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

/** Paragraphs, and lists of lines that begin with a bullet. */
function blocksOf(text) {
  return text.split(/\n{2,}/).map((block) => {
    const lines = block.split('\n');
    const items = lines.filter((line) => line.startsWith('• '));
    const rest = lines.filter((line) => !line.startsWith('• ')).join(' ');
    return element(
      'div',
      'block',
      ...(rest ? [element('p', '', rest)] : []),
      ...(items.length > 0 ? [element('ul', '', ...items.map((line) => element('li', '', line.slice(2))))] : []),
    );
  });
}

function noticeOf(tone, text) {
  const icon = document.querySelector(`#icon-${tone}`);
  return element(
    'div',
    `said-aside ${tone}`,
    ...(icon ? [icon.content.cloneNode(true)] : []),
    element('span', '', text),
  );
}

function iconOf(name) {
  return element('span', 'tile-icon', document.querySelector(`#icon-${name}`).content.cloneNode(true));
}

function add(node) {
  log.append(node);
  node.scrollIntoView({ block: 'nearest' });
  return node;
}

/** A string among the content becomes a text node, whatever is in it. */
function element(name, className, ...content) {
  const created = document.createElement(name);
  created.className = className;
  created.append(...content);
  return created;
}
