type Row = Readonly<Record<string, string | number>>;

/** What must hold on any machine. Times are reported and never judged. */
export const EXPECTATIONS: Readonly<Record<string, (row: Row) => boolean>> = {
  counts: (row) => row['statements per request'] === (row.route === '/open' ? 0 : 1) && row['calls to Auth0'] === 0,
  stampede: (row) => row['exchanges answered'] === row['tokens wanted'] && row.failed === 0,
};

/** The rows that are not as they must be, as text. */
export function unmet(suite: string, rows: readonly Row[]): string[] {
  const holds = EXPECTATIONS[suite];
  return holds ? rows.filter((row) => !holds(row)).map((row) => `${suite}: ${JSON.stringify(row)}`) : [];
}
