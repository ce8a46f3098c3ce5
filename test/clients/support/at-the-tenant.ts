import type { Answer, Person } from '../../support/person.js';

/** Logs in on the tenant's page that a person has come to; stops where the application's address begins. */
export async function logIn(person: Person, page: Answer, until: string, user = 'auth0|alice'): Promise<string> {
  const answer = await person.submit(page, { user, action: 'login' }, { until });
  return leadsTo(answer);
}

/** Approves on the page that stands for the provider's own; stops where the application's address begins. */
export async function approve(person: Person, page: Answer, until: string): Promise<string> {
  return leadsTo(await person.submit(page, { action: 'approve' }, { until }));
}

function leadsTo({ location, status, text }: Answer): string {
  if (location === undefined) throw new Error(`the tenant's page led nowhere: ${status} ${text.slice(0, 300)}`);
  return location;
}
