import { setTimeout as pause } from 'node:timers/promises';
import { sameAt, type SampleProcess } from '../../processes/sample-process.js';
import { Person, type Answer } from '../../support/person.js';
import { AUDIENCES, type AppNodes } from './app-nodes.js';
import { inTime } from './in-time.js';
import type { Random } from './random.js';

/** No request may take so long: what is slower hangs. */
const HANGS_AFTER_MS = 60_000;

export type Operation = 'login' | 'profile' | 'calendar' | 'token' | 'accounts' | 'logout';

/** What people do, and how often, where refresh tokens rotate. */
export const WITH_ROTATION: readonly Operation[] = [
  ...Array<Operation>(6).fill('profile'),
  ...Array<Operation>(6).fill('token'),
  ...Array<Operation>(2).fill('accounts'),
  'logout',
];

/** The same where they do not: Token Vault takes no refresh token that rotates. */
export const WITH_TOKEN_VAULT: readonly Operation[] = [...WITH_ROTATION, ...Array<Operation>(6).fill('calendar')];

/** One request and what came of it. */
export interface Attempt {
  readonly operation: Operation;
  /** Its number. */
  readonly node: number;
  readonly user: string;
  /**
   * The status, or why there is none: the process has been `ended` by the test, the browser did not get past Auth0
   * (`turned back`), the connection was `lost` though the process should be there, or it `hangs`.
   */
  readonly outcome: number | 'ended' | 'turned back' | 'lost' | 'hangs';
  readonly errorCode?: string;
  readonly retryAfter?: string;
  /** What the test was at. */
  readonly during: string;
}

interface Member {
  person: Person;
  user: string;
  /** `unsure`: an answer did not come, and nobody can say what it would have been. */
  state: 'new' | 'in' | 'out' | 'unsure';
  at?: SampleProcess;
}

/** Auth0 was not to be reached, or did not know what to do. */
class TurnedBack extends Error {}

/** People who use all nodes at once, each with one request at a time, until they are told to stop. */
export class Crowd {
  readonly attempts: Attempt[] = [];
  /** For the attempts that begin from now on. */
  during = 'all is well';
  private readonly members: Member[] = [];
  /** The cookies of those who have logged out. */
  private readonly departed: string[] = [];
  private readonly ended = new Set<SampleProcess>();
  private readonly wrong = new Set<SampleProcess>();
  private isOver = false;
  private working: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly app: AppNodes,
    private readonly random: Random,
    private readonly habits: readonly Operation[],
  ) {}

  /** All of them are logged in when it returns. */
  async gather(size: number): Promise<void> {
    for (let count = 0; count < size; count += 1) this.members.push(this.newcomer());
    await Promise.all(this.members.map((member) => this.act(member, 'login')));
  }

  begin(): void {
    this.working = Promise.all(this.members.map((_, place) => this.work(place)));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.working;
  }

  /** The test ends this process: its connections may be lost from now on. */
  expectEndOf(process: SampleProcess): void {
    this.ended.add(process);
  }

  /** The same at once, without notice: what it has not stored yet of those who are there is lost with it. */
  expectDeathOf(process: SampleProcess): void {
    this.expectEndOf(process);
    for (const member of this.members) if (member.at === process) member.state = 'unsure';
  }

  /** Nobody logs in at this process: without the right time it cannot check an ID token. */
  avoidLoginsAt(process: SampleProcess): void {
    this.wrong.add(process);
  }

  /** Waits until somebody has been served at every node. @returns the numbers of those nodes where nobody was in time */
  async untilServed(ms: number): Promise<number[]> {
    const before = this.mark;
    const deadline = Date.now() + ms;
    const waiting = new Set(this.app.nodes.keys());
    while (waiting.size > 0 && Date.now() < deadline) {
      await pause(50);
      for (const { outcome, node } of this.attempts.slice(before)) if (outcome === 200) waiting.delete(node);
    }
    return [...waiting];
  }

  /** How many of the present attempts there are, to tell later ones from them. */
  get mark(): number {
    return this.attempts.length;
  }

  /** Everybody who is logged in does everything once more at every node, but for logging out. */
  async finalRound(): Promise<Attempt[]> {
    const before = this.mark;
    const operations = new Set(this.habits.filter((operation) => operation !== 'logout'));
    for (const member of this.members.filter(({ state }) => state === 'in')) {
      for (const node of this.app.nodes) {
        for (const operation of operations) await this.act(member, operation, node);
      }
    }
    return this.attempts.slice(before);
  }

  /** What the cookies of those who have logged out are good for now. */
  async lookOfTheDeparted(): Promise<number[]> {
    const answers = this.departed.flatMap((cookie) =>
      this.app.nodes.map((node) => new Person().request(node.at('/auth/profile'), { headers: { cookie } })),
    );
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  private async work(place: number): Promise<void> {
    while (!this.isOver) {
      let member = this.members[place]!;
      if (member.state !== 'in') {
        member = this.newcomer();
        this.members[place] = member;
      }
      await this.act(member, member.state === 'in' ? this.random.oneOf(this.habits) : 'login');
      await pause(this.random.between(5, 40));
    }
  }

  private newcomer(): Member {
    const user = this.app.newUser();
    this.app.control.connectAccount(user, 'google-oauth2');
    return { person: new Person(), user, state: 'new' };
  }

  private async act(member: Member, operation: Operation, node = this.random.oneOf(this.app.nodes)): Promise<void> {
    member.at = node;
    if (operation === 'login' && this.wrong.has(node)) return;
    const attempt = { operation, node: this.app.nodes.indexOf(node), user: member.user, during: this.during };
    try {
      const answer = await inTime('it is answered', this.request(member, operation, node), HANGS_AFTER_MS);
      const retryAfter = answer.headers.get('retry-after') ?? undefined;
      this.attempts.push({ ...attempt, outcome: answer.status, errorCode: errorCodeOf(answer), retryAfter });
      if (member.state !== 'unsure') this.learn(member, operation, answer);
    } catch (error) {
      this.attempts.push({ ...attempt, outcome: this.whyNone(error, node) });
      if (operation === 'login' || operation === 'logout') member.state = 'unsure';
    } finally {
      member.at = undefined;
    }
  }

  private async request(member: Member, operation: Operation, node: SampleProcess): Promise<Answer> {
    const { person, user } = member;
    switch (operation) {
      case 'login': {
        const started = await person.request(node.at('/auth/login?returnTo=/'));
        if (started.location === undefined) return started;
        const callback = await this.app.authorize(person, started.location, user).catch(() => undefined);
        if (!callback) throw new TurnedBack();
        return person.request(sameAt(callback, node));
      }
      case 'logout': {
        const cookie = person.cookieHeader(new URL(node.url));
        const answer = await person.request(node.at('/auth/logout'));
        if (answer.status === 302) this.departed.push(cookie);
        return answer;
      }
      case 'token':
        return person.request(node.at(`/tokens?audience=${this.random.oneOf(AUDIENCES)}`));
      case 'accounts':
        return person.request(node.at('/auth/accounts'));
      case 'calendar':
        return person.request(node.at('/calendar'));
      default:
        return person.request(node.at('/auth/profile'));
    }
  }

  private whyNone(error: unknown, node: SampleProcess): Attempt['outcome'] {
    if (error instanceof TurnedBack) return 'turned back';
    if (this.ended.has(node)) return 'ended';
    return error instanceof TypeError ? 'lost' : 'hangs';
  }

  private learn(member: Member, operation: Operation, { status }: Answer): void {
    if (operation === 'login') member.state = status === 302 ? 'in' : 'unsure';
    if (operation === 'logout') member.state = status === 302 ? 'out' : 'unsure';
  }
}

function errorCodeOf(answer: Answer): string | undefined {
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return isJson && answer.status >= 400 ? answer.json<{ errorCode?: string }>().errorCode : undefined;
}

/** What happened how often, for people: `token 500 during "the database restarts": 3`. */
export function summaryOf(attempts: readonly Attempt[]): string[] {
  const counts = new Map<string, number>();
  for (const { operation, outcome, errorCode, during } of attempts) {
    const what = [operation, outcome, errorCode].filter((part) => part !== undefined).join(' ');
    const line = `${what} during "${during}"`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${line}: ${count}`);
}
