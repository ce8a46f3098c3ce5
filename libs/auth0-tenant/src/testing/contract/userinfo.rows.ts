import { DEFAULT_CLIENT } from '../../index.js';
import { rule, said, type Row } from './row.js';
import { newKeys, type Keys, type World } from './world.js';

const WEB = DEFAULT_CLIENT.clientId;
const AUTH0 = 'https://auth0.com/docs/';

const userinfoBound = async (
  world: World,
  headers: (keys: Keys, accessToken: string) => Promise<Record<string, string>>,
) => {
  const keys = await newKeys('ES256');
  const { body } = await world.boundSession(WEB, keys);
  return said(await world.get('userinfo', await headers(keys, String(body.access_token))));
};

/** Which tokens userinfo takes, and how. */
export const USERINFO_ROWS: Row[] = [
  ...rule(
    'userinfo takes a token in three ways, one at a time',
    `${AUTH0}api/authentication/user-profile/get-user-info`,
    {
      'userinfo: Authorization: Bearer': [
        '200',
        async (w) => {
          const { body } = await w.refresh(WEB);
          return said(await w.get('userinfo', { authorization: `Bearer ${String(body.access_token)}` }));
        },
      ],
      'userinfo: ?access_token=': [
        '200',
        async (w) => said(await w.get(`userinfo?access_token=${String((await w.refresh(WEB)).body.access_token)}`)),
      ],
      'userinfo: ?access_token= of an opaque token': [
        '200',
        async (w) => {
          const { body } = await w.token(WEB, (await w.code(WEB)).form);
          return said(await w.get(`userinfo?access_token=${String(body.access_token)}`));
        },
      ],
      'userinfo: access_token in a form': [
        '200',
        async (w) => {
          const { body } = await w.refresh(WEB);
          return said(await w.post('userinfo', new URLSearchParams({ access_token: String(body.access_token) })));
        },
      ],
      'userinfo: access_token in a form, of an opaque token': [
        '200',
        async (w) => {
          const { body } = await w.token(WEB, (await w.code(WEB)).form);
          return said(await w.post('userinfo', new URLSearchParams({ access_token: String(body.access_token) })));
        },
      ],
      'userinfo: two tokens at once': [
        '400 invalid_request',
        async (w) => {
          const { body } = await w.token(WEB, (await w.code(WEB)).form);
          const token = String(body.access_token);
          return said(await w.get(`userinfo?access_token=${token}`, { authorization: `Bearer ${token}` }));
        },
      ],
      'userinfo: a token without openid': [
        '401 invalid_token',
        async (w) => {
          const { body } = await w.refresh(WEB, { scope: 'read:events' });
          return said(await w.get(`userinfo?access_token=${String(body.access_token)}`));
        },
      ],
      'userinfo: a bound token with its proof': [
        '200',
        async (w) =>
          userinfoBound(w, async (keys, accessToken) => ({
            authorization: `DPoP ${accessToken}`,
            ...(await w.proof(keys, { method: 'GET', path: 'userinfo', accessToken })),
          })),
      ],
      'userinfo: a bound token without a proof': [
        '401 invalid_dpop_proof',
        async (w) => userinfoBound(w, async (_keys, accessToken) => ({ authorization: `DPoP ${accessToken}` })),
      ],
      'userinfo: a bound token with a proof of another key': [
        '401 invalid_dpop_proof',
        async (w) =>
          userinfoBound(w, async (_keys, accessToken) => ({
            authorization: `DPoP ${accessToken}`,
            ...(await w.proof(await newKeys('ES256'), { method: 'GET', path: 'userinfo', accessToken })),
          })),
      ],
      'userinfo: a bound token as a bearer token': [
        '401 invalid_token',
        async (w) => userinfoBound(w, async (_keys, accessToken) => ({ authorization: `Bearer ${accessToken}` })),
      ],
    },
  ),
];
