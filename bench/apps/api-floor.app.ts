import {
  Controller,
  createParamDecorator,
  Get,
  Module,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { API_AUDIENCE, type ServerSettings } from '../settings.js';
import { createNestApp } from './common.js';

interface FloorRequest {
  headers: { authorization?: string };
  caller?: JWTPayload;
}

const MOST_REMEMBERED = 10_000;
const verified = new Map<string, JWTPayload>();
const tenant: { issuer: string; keys: JWTVerifyGetKey } = { issuer: '', keys: () => Promise.reject(new Error()) };

/** `jose.jwtVerify` for each request. */
class VerifyingGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FloorRequest>();
    request.caller = await verify(tokenOf(request));
    return true;
  }
}

/** The same once for each token. */
class RememberingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<FloorRequest>();
    const token = tokenOf(request);
    const known = verified.get(token);
    if (known === undefined || (known.exp ?? 0) * 1000 < Date.now()) return this.verifyAnew(request, token);
    request.caller = known;
    return true;
  }

  private async verifyAnew(request: FloorRequest, token: string): Promise<boolean> {
    request.caller = await verify(token);
    if (verified.size < MOST_REMEMBERED) verified.set(token, request.caller);
    return true;
  }
}

const Caller = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const { caller } = context.switchToHttp().getRequest<FloorRequest>();
  if (!caller) throw new UnauthorizedException();
  return caller;
});

/** The least that can be done by hand in a Nest application, with a guard and a parameter decorator of one's own. */
@Controller('api')
class ApiFloorController {
  @Get('verified')
  @UseGuards(VerifyingGuard)
  verified(@Caller() caller: JWTPayload): { user: string } {
    return { user: String(caller.sub) };
  }

  @Get('remembered')
  @UseGuards(RememberingGuard)
  remembered(@Caller() caller: JWTPayload): { user: string } {
    return { user: String(caller.sub) };
  }
}

@Module({ controllers: [ApiFloorController] })
class ApiFloorModule {}

export function createApiFloorApp(settings: ServerSettings): Promise<INestApplication> {
  tenant.issuer = `${settings.tenantDomain}/`;
  tenant.keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', settings.tenantDomain));
  return createNestApp(ApiFloorModule, settings);
}

function tokenOf({ headers }: FloorRequest): string {
  const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) throw new UnauthorizedException();
  return token;
}

async function verify(token: string): Promise<JWTPayload> {
  const expected = { issuer: tenant.issuer, audience: API_AUDIENCE, algorithms: ['RS256'] };
  const { payload } = await jwtVerify(token, tenant.keys, expected);
  return payload;
}
