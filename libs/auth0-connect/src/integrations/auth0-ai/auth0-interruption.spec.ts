import { describe, expect, it } from 'vitest';
import { ConnectionRequiredError, InsufficientScopeError, LoginRequiredError } from '../../errors/index.js';
import { auth0Interrupt, auth0Interruption } from './index.js';

const toolCall = { id: 'call-1', name: 'list-events', args: { day: 'today' } };
const offer = { connection: 'google-oauth2', scopes: ['openid', 'calendar'], connectUrl: 'https://app.example.com/c' };

describe("the interrupt of Auth0's own agent libraries", () => {
  it('names the connection, all scopes to ask for, and the call to be made again', () => {
    const error = new InsufficientScopeError({ ...offer, missingScopes: ['calendar'], loginHint: 'alice@example.com' });
    expect(auth0Interrupt(error, toolCall)).toEqual({
      name: 'AUTH0_AI_INTERRUPT',
      code: 'TOKEN_VAULT_ERROR',
      message: error.message,
      connection: 'google-oauth2',
      scopes: ['openid', 'calendar'],
      requiredScopes: ['openid', 'calendar'],
      authorizationParams: { login_hint: 'alice@example.com' },
      behavior: 'resume',
      toolCall,
    });
  });

  it('is told by a prefix where it travels as a text', () => {
    const text = auth0Interruption(new ConnectionRequiredError(offer), toolCall);
    expect(text).toMatch(/^AUTH0_AI_INTERRUPTION:\{/);
    expect(JSON.parse(text!.slice('AUTH0_AI_INTERRUPTION:'.length))).toMatchObject({
      connection: 'google-oauth2',
      authorizationParams: {},
      toolCall,
    });
  });

  it('is made of nothing else, and carries only what it names', () => {
    for (const error of [
      new LoginRequiredError(),
      new Error('connection_required'),
      { code: 'connection_required' },
      null,
    ]) {
      expect(auth0Interrupt(error, toolCall)).toBeUndefined();
      expect(auth0Interruption(error, toolCall)).toBeUndefined();
    }
    const withMore = { ...toolCall, apiKey: 'secret' };
    expect(auth0Interruption(new ConnectionRequiredError(offer), withMore)).not.toContain('secret');
  });
});
