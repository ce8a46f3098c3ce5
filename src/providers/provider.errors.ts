import { HttpException } from '@nestjs/common';

/** The provider does not accept the access token: revoked, or ended before its time. */
export class TokenRefusedError extends HttpException {
  constructor(options: { cause?: unknown } = {}) {
    super('The provider no longer accepts this access token', 502, { ...options, errorCode: 'provider_token_refused' });
  }
}

/** The provider did not answer, or not with what was asked for. */
export class ProviderUnavailableError extends HttpException {
  constructor(options: { cause?: unknown } = {}) {
    super('The provider gives no usable answer at the moment. Try again', 502, {
      ...options,
      errorCode: 'provider_unavailable',
    });
  }
}
