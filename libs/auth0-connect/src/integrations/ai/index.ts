import type { ToolApprovalStatus } from 'ai';
import type { GetAccessTokenForConnectionOptions } from '../../accounts/connected-accounts.service.js';
import { ConnectNeededError } from '../../errors/index.js';

/** What gives tokens: `ConnectedAccountsService`, or `WorkerAccountsService` for users in the background. */
export interface TokenSource<Subject> {
  /** The provider's access token. */
  getAccessTokenForConnection(subject: Subject, options: GetAccessTokenForConnectionOptions): Promise<unknown>;
}

/** Which account a tool needs, and what for. */
export type NeededConnection = Pick<
  GetAccessTokenForConnectionOptions,
  'connection' | 'scopes' | 'loginHint' | 'returnTo'
>;

/**
 * For `toolApproval` of the AI SDK: a tool whose account is not connected, or lacks a scope, pauses for the user.
 * `part.approval.requestReason` is then the body of our 403 as JSON, with `connectLink`, which may be opened anywhere. When the
 * user has connected the account and approves, the tool runs; approved too early, it fails with our error.
 *
 * @param subject on whose behalf: it says whose account is asked about, and nothing that the model passes does
 * @throws what `getAccessTokenForConnection` throws besides the errors that a connect puts right
 * @see https://ai-sdk.dev/docs/ai-sdk-core/tools-and-tool-calling#tool-execution-approval
 *
 * @example
 * streamText({
 *   model,
 *   tools: { listEvents },
 *   toolApproval: connectApproval(accounts, session, {
 *     listEvents: { connection: 'google-oauth2', scopes: ['https://www.googleapis.com/auth/calendar.readonly'] },
 *   }),
 *   messages,
 * });
 */
export function connectApproval<Subject, Name extends string>(
  accounts: TokenSource<Subject>,
  subject: Subject,
  tools: Readonly<Record<Name, NeededConnection>>,
): Record<Name, () => Promise<ToolApprovalStatus>> {
  const approvals = Object.entries<NeededConnection>(tools).map(([name, needed]) => [
    name,
    () => statusOf(accounts.getAccessTokenForConnection(subject, needed)),
  ]);
  return Object.fromEntries(approvals) as Record<Name, () => Promise<ToolApprovalStatus>>;
}

async function statusOf(token: Promise<unknown>): Promise<ToolApprovalStatus> {
  try {
    await token;
    return 'not-applicable';
  } catch (error) {
    if (!(error instanceof ConnectNeededError)) throw error;
    const body = { ...(error.getResponse() as object), connectLink: await error.createLink() };
    return { type: 'user-approval', reason: JSON.stringify(body) };
  }
}
