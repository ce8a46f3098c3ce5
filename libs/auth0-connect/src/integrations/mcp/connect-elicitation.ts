import {
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  UrlElicitationRequiredError,
  type CallToolResult,
  type ClientCapabilities,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { ConnectNeededError } from '../../errors/index.js';

/** The first revision in which a tool returns what it needs; before it, an error says so. */
const RETURNS_ITS_NEEDS = '2026-07-28';

/** What of a server and of a call tells how this client can be asked. */
interface Asked {
  readonly server: Pick<McpServer, 'server'>;
  readonly mcpReq: Pick<ServerContext['mcpReq'], 'envelope' | 'inputResponses'> | undefined;
}

/**
 * Asks the person at the client to connect an account, as the protocol revision of the call has it.
 * @returns the elicitation, or the link as text for a client that cannot open links or has been asked already in this call
 * @throws UrlElicitationRequiredError before revision 2026-07-28
 * @see https://modelcontextprotocol.io/specification/draft/client/elicitation
 */
export async function elicitConnect(
  error: ConnectNeededError,
  { server, mcpReq }: Asked,
): Promise<InputRequiredResult | CallToolResult> {
  const link = await error.createLink();
  if (!link) return inText(error.message);
  const { url, id: elicitationId } = link;
  const isModern = (server.server.getNegotiatedProtocolVersion() ?? '') >= RETURNS_ITS_NEEDS;
  const declared = isModern ? declaredIn(mcpReq?.envelope) : server.server.getClientCapabilities();
  const key = `connect:${error.connection}`;
  const answer = isModern ? answerTo(mcpReq?.inputResponses?.[key]) : undefined;
  if (answer !== undefined && answer !== 'accept') return inText(`${error.message}. The person does not want to`);
  if (answer === 'accept' || !opensLinks(declared)) {
    return inText(`${error.message}: the person opens ${url} and approves. Then call this tool again`);
  }
  const { message } = error;
  if (!isModern) throw new UrlElicitationRequiredError([{ mode: 'url', message, url, elicitationId }], message);
  return inputRequired({ inputRequests: { [key]: inputRequired.elicitUrl({ message, url }) } });
}

function declaredIn(envelope: unknown): Partial<ClientCapabilities> | undefined {
  return (envelope as Partial<Record<string, ClientCapabilities>> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
}

function opensLinks(capabilities: Partial<ClientCapabilities> | undefined): boolean {
  return capabilities?.elicitation?.url !== undefined;
}

/** What the person has answered; anybody may have written it, so that it decides no more than what is asked next. */
function answerTo(response: unknown): unknown {
  return (response as { action?: unknown } | null | undefined)?.action;
}

function inText(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
