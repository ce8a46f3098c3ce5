import { Inject, Injectable } from '@nestjs/common';
import { Auth0RefusedError, LoginRequiredError } from '../errors/index.js';
import { RefreshGrants } from '../session/refresh-grants.js';
import type { ProviderToken, SubjectToken } from './ports.js';
import type { Subject } from './subject.js';

/** What an exchange does with the token that proves on whose behalf it is. */
type Exchange = (domain: string, subjectToken: SubjectToken) => Promise<ProviderToken>;

/** Presents a subject's own token to Token Vault. */
@Injectable()
export class SubjectTokens {
  constructor(@Inject(RefreshGrants) private readonly grants: RefreshGrants) {}

  /** @throws LoginRequiredError when Auth0 no longer takes the subject's token */
  async present(session: Subject, exchange: Exchange): Promise<ProviderToken> {
    for (let refused: number | undefined; ;) {
      const { refreshToken, version } = await this.grants.read(session);
      try {
        return await exchange(session.record.domain, { type: 'refresh_token', value: refreshToken });
      } catch (error) {
        if (!(error instanceof Auth0RefusedError) || error.auth0Error !== 'invalid_grant') throw error;
        // A refresh may have rotated the token while this exchange was under way: look once more.
        if (refused !== undefined && refused === version) {
          await this.grants.refused(session, version);
          throw new LoginRequiredError('Auth0 ended this login. Log in again', { cause: error });
        }
        refused = version;
      }
    }
  }
}
