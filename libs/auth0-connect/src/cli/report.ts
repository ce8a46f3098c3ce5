import { UNSEEN, type Finding } from '../doctor/findings.js';

const MARKS = { well: '✓', wrong: '✗', unknown: '?' };

/** For a person. */
export function textReport(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ code, about, state, seen, says, remedy }) => [
    `${MARKS[state]} ${code}: ${about}${state !== 'well' && seen !== undefined ? ` (${inOneLine(seen)})` : ''}`,
    ...[says, remedy].flatMap((line) => (line === undefined ? [] : [`    ${line}`])),
  ]);
  const unseen = UNSEEN.map((line) => `  ${line}`);
  return [...lines, '', 'What cannot be seen from here:', ...unseen, ''].join('\n');
}

/** For a program: `{ ok, findings: [{ code, about, state, seen?, says?, remedy? }], unseen: [text] }`. */
export function jsonReport(findings: readonly Finding[]): string {
  return `${JSON.stringify({ ok: isWell(findings), findings, unseen: UNSEEN }, undefined, 2)}\n`;
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'wrong');
}

/** What OpenSSL says ends with a line break. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/[ :]+$/, '');
}
