/** A holder that dies blocks the others no longer than this. */
export const LEASE_MS = 5_000;
const RENEW_EVERY_MS = 1_500;

/** Does the work of a lease's holder, who renews it until the work is done. */
export async function whileRenewing<T>(renew: () => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const renewal = setInterval(() => {
    renew().catch(() => undefined); // lost: then others may ask too
  }, RENEW_EVERY_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
  }
}
