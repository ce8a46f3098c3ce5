import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { codesIn, tableRows } from './tables.js';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'libs/auth0-connect/src/errors');

/** `code class`, with the statuses that it may have. */
type Errors = Record<string, string[]>;

describe('docs/errors.md', () => {
  const thrown = errorsOf(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => parse(name, readFileSync(join(folder, name), 'utf8'))),
  );

  it('lists every code with its class and status, and no other', () => {
    expect(Object.keys(thrown).length).toBeGreaterThan(25);
    expect(documented(readFileSync(join(root, 'docs/errors.md'), 'utf8'))).toEqual(thrown);
  });
});

describe('the check itself', () => {
  it('finds codes and statuses wherever a constructor gets them from', () => {
    const source = `
      export abstract class Base extends HttpException { constructor(code: string, status: number) { super({}, status); } }
      export abstract class Offer extends Base { constructor(code: string) { super(code, 403, 'a'); } }
      export class Plain extends Base { constructor() { super('plain_code', 400); } }
      export class Either extends Base { constructor(yes: boolean) { super(yes ? 'one' : 'other', yes ? 400 : 502); } }
      export class Named extends Base { constructor(code: 'first' | 'second') { super(code, 403); } }
      export class Offered extends Offer { constructor() { super('offered'); } }`;
    expect(errorsOf([parse('a.ts', source)])).toEqual({
      'plain_code Plain': ['400'],
      'one Either': ['400', '502'],
      'other Either': ['400', '502'],
      'first Named': ['403'],
      'second Named': ['403'],
      'offered Offered': ['403'],
    });
  });

  it('reads the tables of codes and no others', () => {
    const markdown = [
      '| code | status | class | cause |',
      '| --- | ---: | --- | --- |',
      '| `a` | 400, 502 | `A`, `B` | text |',
      '',
      '| other | b |',
      '| --- | --- |',
      '| `c` | d |',
    ].join('\n');
    expect(documented(markdown)).toEqual({ 'a A': ['400', '502'], 'a B': ['400', '502'] });
  });
});

function documented(markdown: string): Errors {
  const errors: Errors = {};
  for (const [code, status = '', classes] of tableRows(markdown, 'code', 'status', 'class')) {
    for (const name of codesIn(classes)) errors[`${codesIn(code).join()} ${name}`] = status.split(', ').toSorted();
  }
  return errors;
}

function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

function errorsOf(sources: readonly ts.SourceFile[]): Errors {
  const classes = sources.flatMap(({ statements }) =>
    statements.filter((statement) => ts.isClassDeclaration(statement)),
  );
  const statusOfBase = new Map(classes.map((one) => [one.name?.text, statusesOf(superCallOf(one)?.arguments[1])]));
  const errors: Errors = {};
  for (const one of classes) {
    const call = superCallOf(one);
    if (!call || isAbstract(one)) continue;
    const own = statusesOf(call.arguments[1]);
    const statuses = own.length > 0 ? own : (statusOfBase.get(baseOf(one)) ?? []);
    for (const code of codesOf(call.arguments[0])) errors[`${code} ${one.name?.text}`] = statuses.toSorted();
  }
  return errors;
}

function superCallOf(one: ts.ClassDeclaration): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) found ??= node;
    ts.forEachChild(node, visit);
  };
  visit(one);
  return found;
}

function isAbstract(one: ts.ClassDeclaration): boolean {
  return (one.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword);
}

function baseOf({ heritageClauses }: ts.ClassDeclaration): string | undefined {
  return heritageClauses?.[0]?.types[0]?.expression.getText();
}

function statusesOf(argument: ts.Node | undefined): string[] {
  if (argument && ts.isConditionalExpression(argument)) {
    return [...statusesOf(argument.whenTrue), ...statusesOf(argument.whenFalse)];
  }
  return argument && ts.isNumericLiteral(argument) ? [argument.text] : [];
}

function codesOf(argument: ts.Node | undefined): string[] {
  if (!argument) return [];
  if (ts.isStringLiteral(argument)) return [argument.text];
  if (ts.isConditionalExpression(argument)) return [...codesOf(argument.whenTrue), ...codesOf(argument.whenFalse)];
  if (!ts.isIdentifier(argument)) throw new Error(`a code that cannot be read: ${argument.getText()}`);
  const parameter = ts
    .findAncestor(argument, ts.isConstructorDeclaration)
    ?.parameters.find(({ name }) => name.getText() === argument.text);
  const types = parameter?.type && ts.isUnionTypeNode(parameter.type) ? parameter.type.types : [];
  return types.map((type) => type.getText().replaceAll("'", ''));
}
