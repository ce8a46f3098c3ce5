import { Controller, Get, UseGuards } from '@nestjs/common';
import { Octokit } from '@octokit/rest';
import { AccessTokenGuard, ConnectedFetch, type ProviderFetch } from 'nestjs-auth0-connect';

const GITHUB_API = process.env.GITHUB_API ?? 'https://api.github.com';

@Controller('repositories')
@UseGuards(AccessTokenGuard)
export class RepositoriesController {
  @Get()
  async list(
    @ConnectedFetch('github', { origins: [new URL(GITHUB_API).origin], scopes: ['repo'] }) github: ProviderFetch,
  ): Promise<string[]> {
    const octokit = new Octokit({ baseUrl: GITHUB_API, request: { fetch: github } });
    try {
      const { data } = await octokit.repos.listForAuthenticatedUser();
      return data.map(({ full_name: name }) => name);
    } catch (error) {
      throw github.failure ?? error;
    }
  }
}
