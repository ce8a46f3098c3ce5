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
  /** `lost`: no answer, since the process or its connection was gone. `hangs`: none in a minute. */
  readonly outcome: number | 'lost' | 'hangs';
  readonly errorCode?: unknown;
  readonly retryAfter?: string;
}

interface Member {
  person: Person;
  user: string;
  /** `unsure`: an answer did not come, and nobody can say what it would have been. */
  state: 'new' | 'in' | 'out' | 'unsure';
  at?: SampleProcess;
}

/** People who use all nodes at once, each with one request at a time, until they are told to stop. */
export class Crowd {
  readonly attempts: Attempt[] = [];
  private readonly members: Member[] = [];
  /** The cookies of those who have logged out. */
  private readonly departed: string[] = [];
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

  /** Those whose requests were at a process when it was killed: what it had not yet stored is lost with it. */
  excuse(process: SampleProcess): void {
    for (const member of this.members) if (member.at === process) member.state = 'unsure';
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
    const attempt = { operation, node: this.app.nodes.indexOf(node), user: member.user };
    try {
      const answer = await inTime('it is answered', this.request(member, operation, node), HANGS_AFTER_MS);
      const retryAfter = answer.headers.get('retry-after') ?? undefined;
      this.attempts.push({ ...attempt, outcome: answer.status, errorCode: errorCodeOf(answer), retryAfter });
      this.learn(member, operation, answer);
    } catch (error) {
      const isLost = error instanceof TypeError && error.message === 'fetch failed';
      this.attempts.push({ ...attempt, outcome: isLost ? 'lost' : 'hangs' });
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
        const callback = await this.app.authorize(person, started.location, user);
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

  private learn(member: Member, operation: Operation, { status }: Answer): void {
    if (operation === 'login') member.state = status === 302 ? 'in' : 'unsure';
    if (operation === 'logout') member.state = status === 302 ? 'out' : 'unsure';
  }
}

function errorCodeOf(answer: Answer): unknown {
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return isJson && answer.status >= 400 ? answer.json().errorCode : undefined;
}
