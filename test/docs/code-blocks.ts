/** One fenced block of code in a document. */
export interface CodeBlock {
  /** Line of the first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** What follows the language: `fragment`, `members`, `ignore`. */
  readonly words: readonly string[];
  /** The path of the file it is, from `title="..."`. */
  readonly title: string | undefined;
}

/** The blocks marked as TypeScript, or as other languages, in their order. */
export function codeBlocks(markdown: string, languages = ['ts', 'typescript']): CodeBlock[] {
  const lines = markdown.split(/\r?\n/);
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[at] ?? '') ?? [];
    if (fence === '') continue;
    const closing = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`);
    const end = lines.findIndex((line, index) => index > at && closing.test(line));
    const code = lines.slice(at + 1, end === -1 ? undefined : end);
    const [language = '', ...words] = info
      .replace(/title="[^"]*"/, ' ')
      .split(/\s+/)
      .filter(Boolean);
    if (languages.includes(language)) {
      blocks.push({
        line: at + 2,
        code: code.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n'),
        words,
        title: /title="([^"]*)"/.exec(info)?.[1],
      });
    }
    at = end === -1 ? lines.length : end;
  }
  return blocks;
}
