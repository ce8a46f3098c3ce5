import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../errors/index.js';
import { RESOLVED_OPTIONS, type ResolvedOptions } from '../../options/resolved-options.js';
import { isOrganizationId } from '../../shared/organization.js';
import { single, wholeNumber, type Query } from '../request/query.js';

/** Parameters of `/authorize` that a link may set, with Auth0's names. */
const FROM_A_LINK = ['invitation', 'login_hint', 'screen_hint', 'ui_locales'] as const;
/** Those that it may set where the options say nothing: what is configured is a floor. */
const UNLESS_CONFIGURED = ['connection', 'prompt', 'acr_values'] as const;
const LONGEST_MAX_AGE = 2_147_483_647;

/** What a link to the login route says of the login. */
@Injectable()
export class LoginLink {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /** @throws InvalidRequestError */
  authorizationParams(query: Query): Record<string, string | undefined> {
    const { authorizationParams: configured } = this.options;
    const free = UNLESS_CONFIGURED.filter((name) => configured[name] === undefined);
    return {
      ...Object.fromEntries([...FROM_A_LINK, ...free].map((name) => [name, single(query, name, 512)])),
      organization: this.organization(query),
      max_age: this.maxAge(query),
    };
  }

  /** The shorter one: a link may ask for a newer login, and not for an older one than the application accepts. */
  private maxAge(query: Query): string | undefined {
    const asked = wholeNumber(query, 'max_age', 0, LONGEST_MAX_AGE);
    const { max_age: configured } = this.options.authorizationParams;
    if (asked === undefined || (configured !== undefined && Number(configured) <= asked)) return undefined;
    return String(asked);
  }

  /** Where the options fix one, a link chooses no other. It may call the same one by its id instead of its name. */
  private organization(query: Query): string | undefined {
    const asked = single(query, 'organization', 512);
    const { organization: fixed } = this.options.authorizationParams;
    if (asked === undefined || fixed === undefined) return asked;
    const comparable = isOrganizationId(asked) === isOrganizationId(fixed);
    if (comparable && asked.toLowerCase() !== fixed.toLowerCase()) {
      throw new InvalidRequestError('organization', 'is not the one of this application');
    }
    return fixed;
  }
}
