import { OAuthError } from './oauth-error.js';
import { errors } from './oidc-provider.js';

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** What Auth0 says where oidc-provider says the error at the left with a detail that matches. */
const INVALID_GRANT_WORDS: [RegExp, string][] = [
  [/refresh token|rotated/i, 'Unknown or invalid refresh token.'],
  [/redirect_uri/i, 'The redirect URI is wrong.'],
  [/PKCE|code_verifier/i, 'Failed to verify code verifier'],
  [/DPoP|jkt|certificate|x5t/i, ''],
  [/authorization code/i, 'Invalid authorization code'],
];

/** Turns an OAuth error of oidc-provider into Auth0's. */
export function auth0Error(
  status: number,
  body: Record<string, unknown>,
  cause: Error | undefined,
  request: Record<string, unknown>,
): Answer {
  if (cause instanceof OAuthError) return { status: cause.status, body: cause.body };
  const detail = cause instanceof errors.OIDCProviderError ? cause.error_detail : undefined;
  const grantType = String(request.grant_type);
  switch (body.error) {
    case 'invalid_grant':
      return answer(403, 'invalid_grant', grantWords(detail, grantType));
    case 'invalid_client':
      return answer(401, 'invalid_client', `Client authentication failed${detail ? `: ${detail}` : ''}`);
    case 'unsupported_grant_type':
      return answer(403, 'unsupported_grant_type', `Unsupported grant type: ${grantType}`);
    case 'use_dpop_nonce':
      return answer(400, 'use_dpop_nonce', 'Authorization server requires nonce in DPoP proof');
    case 'invalid_target':
    case 'access_denied':
      return answer(403, 'access_denied', String(body.error_description));
    case 'invalid_request':
      return String(body.error_description).startsWith('requested grant type is not allowed')
        ? answer(403, 'unauthorized_client', `Grant type '${grantType}' not allowed for the client.`)
        : { status, body };
    default:
      return { status, body };
  }
}

function answer(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

function grantWords(detail = 'grant request is invalid', grantType: string): string {
  const words = INVALID_GRANT_WORDS.find(([pattern]) => pattern.test(detail))?.[1];
  if (words) return words;
  if (words === '') return detail;
  return grantType === 'refresh_token' ? 'Unknown or invalid refresh token.' : detail;
}
