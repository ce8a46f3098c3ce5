/** The nonces that Auth0 wants in DPoP proofs, by origin: the latest one counts, RFC 9449 section 8.2. */
export class DpopNonces {
  private readonly nonces = new Map<string, string>();

  get(url: string | URL): string | undefined {
    return this.nonces.get(new URL(url).origin);
  }

  /** Notes what an answer says. Only our own hosts are asked, so they stay few. */
  remember(url: string | URL, answer: Response): void {
    const nonce = answer.headers.get('dpop-nonce');
    if (nonce) this.nonces.set(new URL(url).origin, nonce);
  }
}
