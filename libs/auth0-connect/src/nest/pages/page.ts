import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { max-width: 26rem; padding: 2rem; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
p { margin: 0 0 1.5rem; overflow-wrap: anywhere; }
a { display: inline-block; padding: .6rem 1rem; border: 1px solid; border-radius: .4rem; color: inherit; text-decoration: none; font-weight: 600; }
a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

/** Browsers do it for a window that a script has opened, and for no other. */
const CLOSE = 'window.close();';

/** Nothing is loaded, nothing is run, nobody frames it. */
export const PAGE_POLICY = `default-src 'none'; style-src ${sourceOf(STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The same for a page that closes its window, by its one script. */
export const CLOSING_PAGE_POLICY = `${PAGE_POLICY}; script-src ${sourceOf(CLOSE)}`;

/** A small page of the library's own, which works without script. Everything in it is escaped. */
export function renderPage(page: {
  title: string;
  text: string;
  action?: { label: string; href: string };
  /** Closes a pop-up. Goes with {@link CLOSING_PAGE_POLICY}. */
  closes?: boolean;
}): string {
  const title = escapeHtml(page.title);
  const action = page.action
    ? `<a href="${escapeHtml(page.action.href)}" rel="nofollow">${escapeHtml(page.action.label)}</a>`
    : '';
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head>` +
    `<body><main><h1>${title}</h1><p>${escapeHtml(page.text)}</p>${action}</main>${page.closes ? `<script>${CLOSE}</script>` : ''}</body></html>`
  );
}

function sourceOf(code: string): string {
  return `'sha256-${createHash('sha256').update(code).digest('base64')}'`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
