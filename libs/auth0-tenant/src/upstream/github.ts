import type { UpstreamApi } from './upstream-api.js';

const DOCUMENTATION = 'https://docs.github.com/rest';

/** GitHub: the repositories of a user. */
export const githubRepos: UpstreamApi = {
  methods: ['GET'],
  schemes: ['bearer', 'token'],
  path: '/upstream/github/user/repos',
  strategy: 'github',
  scopes: ['repo', 'public_repo'],
  body: ({ providerAccount, scopes }) => {
    const login = providerAccount.email.split('@')[0]!;
    const names = scopes.includes('repo') ? ['dotfiles', 'website', 'secret-plans'] : ['dotfiles', 'website'];
    return names.map((name, index) => ({
      id: 1000 + index,
      name,
      full_name: `${login}/${name}`,
      private: name === 'secret-plans',
      owner: { login, id: Number(providerAccount.id) || 1, type: 'User' },
      html_url: `https://github.example/${login}/${name}`,
      description: `The ${name} of ${providerAccount.name ?? login}`,
      fork: false,
      default_branch: 'main',
      updated_at: new Date(Date.now() - index * 86_400_000).toISOString(),
    }));
  },
  unauthorized: (ctx) => {
    ctx.status = 401;
    ctx.body = { message: 'Bad credentials', documentation_url: DOCUMENTATION, status: '401' };
  },
  forbidden: (ctx, token) => {
    ctx.status = 403;
    ctx.set('x-oauth-scopes', token.scopes.join(', '));
    ctx.set('x-accepted-oauth-scopes', 'public_repo, repo');
    ctx.body = {
      message: 'Resource not accessible by this token',
      documentation_url: DOCUMENTATION,
      status: '403',
    };
  },
};
