import { Inject, Injectable } from '@nestjs/common';
import { ProviderApi } from '../providers/provider-api.js';
import { ProviderUnavailableError } from '../providers/provider.errors.js';
import { PROVIDER_URLS, type ProviderUrls } from '../providers/provider-urls.js';
import { fieldsOf, textOf } from '../providers/untrusted.js';

const MOST_REPOSITORIES = 20;

export interface Repository {
  name: string;
  owner: string;
  description?: string;
  isPrivate: boolean;
  updated?: string;
}

/** GitHub, as far as the app uses it. */
@Injectable()
export class RepositoriesService {
  constructor(
    @Inject(ProviderApi) private readonly api: ProviderApi,
    @Inject(PROVIDER_URLS) private readonly urls: ProviderUrls,
  ) {}

  /** The repositories of the user, the last used ones first. */
  async recent(accessToken: string): Promise<Repository[]> {
    const answer = await this.api.get(
      `${this.urls.github}/user/repos?sort=updated&per_page=${MOST_REPOSITORIES}`,
      accessToken,
    );
    if (!Array.isArray(answer)) throw new ProviderUnavailableError({ cause: new Error('the answer is not a list') });
    return answer.slice(0, MOST_REPOSITORIES).map(toRepository);
  }
}

function toRepository(item: unknown): Repository {
  const { name, owner, description, private: isPrivate, updated_at: updatedAt } = fieldsOf(item);
  const updated = new Date(textOf(updatedAt) ?? '');
  return {
    name: textOf(name) ?? 'Unnamed',
    owner: textOf(fieldsOf(owner).login) ?? '',
    description: textOf(description),
    isPrivate: isPrivate === true,
    updated: Number.isNaN(updated.getTime()) ? undefined : updated.toISOString(),
  };
}
