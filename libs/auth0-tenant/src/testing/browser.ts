/** A browser as far as these tests need one: cookies by path, forms, redirects one at a time. */
export class Browser {
  readonly #cookies = new Map<string, { name: string; value: string; path: string; host: string }>();

  /** @param cookies of hosts as a whole, to begin with */
  constructor(cookies: { name: string; value: string; url: string }[] = []) {
    for (const { name, value, url } of cookies) this.#keep(new URL(url), `${name}=${value}`);
  }

  async get(url: string | URL): Promise<Response> {
    return this.#send(new URL(url), { method: 'GET' });
  }

  async post(url: string | URL, fields: [string, string][]): Promise<Response> {
    return this.#send(new URL(url), { method: 'POST', body: new URLSearchParams(fields) });
  }

  /** Follows redirects for as long as they stay on the host of `url`; the last answer, or the URL that leads away. */
  async follow(url: string | URL, first?: Response): Promise<{ page: Response; url: URL } | { left: URL }> {
    let here = new URL(url);
    const { host } = here;
    let page = first ?? (await this.get(here));
    while (page.status >= 300 && page.status < 400) {
      here = new URL(page.headers.get('location') ?? '', here);
      if (here.host !== host) return { left: here };
      page = await this.get(here);
    }
    return { page, url: here };
  }

  async #send(url: URL, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies.values()]
      .filter(({ path, host }) => host === url.host && url.pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { accept: 'text/html', cookie } });
    for (const line of response.headers.getSetCookie()) this.#keep(url, line);
    return response;
  }

  #keep(url: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(/; */);
    const [name = '', ...rest] = pair.split('=');
    const attribute = (wanted: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? '/';
    const key = `${url.host} ${path} ${name}`;
    const expires = attribute('expires');
    if (expires !== undefined && Date.parse(expires) < Date.now()) this.#cookies.delete(key);
    else this.#cookies.set(key, { name, value: rest.join('='), path, host: url.host });
  }
}
