/**
 * Waits no longer than that for the answer to a statement. A server that is frozen keeps its connections and says nothing,
 * and most drivers wait for it without end. The statement may still be carried out, as one may whose connection is lost.
 */
export function inTime<Answer>(longestMs: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswer(longestMs)), longestMs);
  });
  return Promise.race([answer, tooLong]).finally(() => clearTimeout(timer));
}

/** As Node says it of a connection. */
function noAnswer(longestMs: number): Error {
  return Object.assign(new Error(`no answer within ${longestMs} ms`), { code: 'ETIMEDOUT' });
}
