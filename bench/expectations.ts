import { API_ROUTES, ROUTES } from './settings.js';

type Row = Readonly<Record<string, string | number>>;

/** Nobody needs to be known, or an access token says all. */
const WITHOUT_STATEMENT: readonly string[] = [ROUTES.open, API_ROUTES.guard];

/** What must hold on any machine. Times are reported and never judged. */
export const EXPECTATIONS: Readonly<Record<string, (row: Row) => boolean>> = {
  counts: (row) =>
    row['statements per request'] === (WITHOUT_STATEMENT.includes(String(row.route)) ? 0 : 1) &&
    row['calls to Auth0'] === 0,
  stampede: (row) => row['exchanges answered'] === row['tokens wanted'] && row.failed === 0,
};

/** The rows that are not as they must be, as text. */
export function unmet(suite: string, rows: readonly Row[]): string[] {
  const holds = EXPECTATIONS[suite];
  return holds ? rows.filter((row) => !holds(row)).map((row) => `${suite}: ${JSON.stringify(row)}`) : [];
}
