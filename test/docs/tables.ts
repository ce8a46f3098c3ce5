/** The rows of all tables under a heading line that begins with these cells, each row by its cells. */
export function tableRows(markdown: string, ...heading: readonly string[]): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of markdown.split(/\r?\n/)) {
    const cells = cellsOf(line);
    if (cells === undefined) inside = false;
    else if (heading.every((name, index) => cells[index] === name)) inside = true;
    else if (inside && !/^:?-+:?$/.test(cells[0] ?? '')) rows.push(cells);
  }
  return rows;
}

/** What stands in backquotes in a cell. */
export function codesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith('|')) return undefined;
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The text under each heading, without what is under the next one. */
export function sectionsOf(markdown: string): { heading: string; body: string }[] {
  return markdown.split(/^(?=#+ )/m).map((section) => {
    const [heading = '', ...body] = section.split(/\r?\n/);
    return { heading: heading.replace(/^#+ /, ''), body: body.join('\n') };
  });
}
