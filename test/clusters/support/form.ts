/** CI has two cores and little time: `CLUSTERS_FORM=short` asks for as much as shows a fault that is always there. */
export const isShort = process.env.CLUSTERS_FORM === 'short';

export function rounds(short: number, long: number): number {
  return isShort ? short : long;
}
