/** A page or an answer, with what one needs to go on from it. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Location`, resolved. */
  readonly location: string | undefined;
  json<T = Record<string, unknown>>(): T;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | URLSearchParams;
}

/** Somebody at a browser of their own: keeps cookies, follows redirects when told to, fills in forms. */
export class Person {
  private readonly cookies = new Map<string, Map<string, Cookie>>();

  /** One request, no redirect followed. */
  async request(url: string | URL, { method = 'GET', headers = {}, body }: RequestOptions = {}): Promise<Answer> {
    const target = new URL(url);
    const cookie = this.cookieHeader(target);
    const response = await fetch(target, {
      method,
      headers: { ...(cookie && { cookie }), ...headers },
      body,
      redirect: 'manual',
    });
    this.keepCookies(target, response.headers);
    const text = await response.text();
    const location = response.headers.get('location');
    return {
      url: target.href,
      status: response.status,
      headers: response.headers,
      text,
      location: location === null ? undefined : new URL(location, target).href,
      json: <T>() => JSON.parse(text) as T,
    };
  }

  /** Opens an address as a browser does: on to the last redirect. @param until stops before an address that begins so */
  async open(url: string | URL, options: RequestOptions & { until?: string } = {}): Promise<Answer> {
    let answer = await this.request(url, options);
    for (let hops = 0; answer.status >= 300 && answer.status < 400 && answer.location; hops += 1) {
      if (hops > 15) throw new Error(`redirected without end, last to ${answer.location}`);
      if (options.until !== undefined && answer.location.startsWith(options.until)) return answer;
      answer = await this.request(answer.location, { headers: options.headers });
    }
    return answer;
  }

  /** Fills in the page's form and sends it. Check boxes and radio buttons keep what the page has chosen. */
  async submit(
    page: Answer,
    fields: Record<string, string | string[]>,
    options: { until?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const form = /<form\b[^>]*>[\s\S]*?<\/form>/i.exec(page.text)?.[0];
    if (!form) throw new Error(`no form on ${page.url} (${page.status}):\n${page.text.slice(0, 500)}`);
    const body = new URLSearchParams();
    for (const input of form.match(/<input\b[^>]*>/gi) ?? []) {
      const name = attribute(input, 'name');
      const type = attribute(input, 'type') ?? 'text';
      const unchosen = ['checkbox', 'radio'].includes(type) && !/\schecked\b/i.test(input);
      if (name === undefined || name in fields || unchosen || type === 'submit') continue;
      body.append(name, attribute(input, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) {
      for (const item of [value].flat()) body.append(name, item);
    }
    const action = attribute(/<form\b[^>]*>/i.exec(form)?.[0] ?? '', 'action');
    return this.open(new URL(action || page.url, page.url), { method: 'POST', body, ...options });
  }

  /** The value of a cookie that would be sent to this address. */
  cookie(url: string | URL, name: string): string | undefined {
    return this.cookies.get(new URL(url).hostname)?.get(name)?.value;
  }

  plantCookie(url: string | URL, name: string, value: string): void {
    this.jarOf(new URL(url)).set(name, { value, path: '/' });
  }

  cookieHeader(target: URL): string {
    return [...(this.cookies.get(target.hostname) ?? [])]
      .filter(([, { path }]) => target.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  private keepCookies(target: URL, headers: Headers): void {
    for (const header of headers.getSetCookie()) {
      const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const name = pair.slice(0, at);
      const read = (key: string): string | undefined =>
        attributes.find((item) => item.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
      const expired = read('max-age') === '0' || (read('expires') ?? '').includes('1970');
      if (expired) this.jarOf(target).delete(name);
      else this.jarOf(target).set(name, { value: pair.slice(at + 1), path: read('path') ?? '/' });
    }
  }

  private jarOf({ hostname }: URL): Map<string, Cookie> {
    const jar = this.cookies.get(hostname) ?? new Map<string, Cookie>();
    this.cookies.set(hostname, jar);
    return jar;
  }
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
