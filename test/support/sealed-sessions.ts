import { ConnectSessionEntity } from '../../libs/auth0-connect/src/persistence/entities/session.entity.js';
import { KeyRingCipher } from '../../libs/auth0-connect/src/persistence/sealing/key-ring.cipher.js';
import { placeOfSession } from '../../libs/auth0-connect/src/persistence/tables.js';
import type { SessionRecord } from '../../libs/auth0-connect/src/session/ports.js';
import { SECRET, type TestApp } from './test-app.js';

/** Changes what the rows of all sessions say under seal, as only who has the secret can. */
export async function changeSealedSessions(
  test: TestApp,
  change: (session: SessionRecord) => Partial<SessionRecord>,
): Promise<void> {
  const cipher = new KeyRingCipher([SECRET]);
  const rows = test.database.getRepository(ConnectSessionEntity);
  for (const { id, claims } of await rows.find()) {
    const place = placeOfSession(id);
    const session = JSON.parse(cipher.open(claims, place)) as SessionRecord;
    await rows.update({ id }, { claims: cipher.seal(JSON.stringify({ ...session, ...change(session) }), place) });
  }
}
