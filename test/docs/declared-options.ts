import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const folder = resolve(import.meta.dirname, '../../libs/auth0-connect/src/options');

/** Described once, in a table of its own, because several options take one. */
const DESCRIBED_APART = 'NamedPrivateKey';

/** What is declared of an option: the default that its comment tells, where it does, and its type in a word or two. */
export interface DeclaredOption {
  readonly fallback: string | undefined;
  readonly type: string;
}

/** Options by their paths. */
export type Options = Map<string, DeclaredOption>;

/** Every option there is, as the interfaces of the library declare them. */
export function declaredOptions(): Options {
  const interfaces = interfacesOf(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => parse(name, readFileSync(join(folder, name), 'utf8'))),
  );
  return new Map([
    ...optionsOf('Auth0ConnectOptions', interfaces),
    ...optionsOf('Auth0ConnectExtras', interfaces),
    ...optionsOf(DESCRIBED_APART, interfaces, 'privateKey.'),
  ]);
}

export function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

export function interfacesOf(sources: readonly ts.SourceFile[]): Map<string, ts.InterfaceDeclaration> {
  const all = sources.flatMap(({ statements }) => statements.filter((one) => ts.isInterfaceDeclaration(one)));
  return new Map(all.map((one) => [one.name.text, one]));
}

export function optionsOf(
  name: string,
  interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>,
  prefix = '',
): Options {
  const found: Options = new Map();
  const addMembers = (members: ts.NodeArray<ts.TypeElement>, path: string): void => {
    for (const member of members) {
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const option = `${path}${member.name.getText()}`;
      found.set(option, { fallback: defaultOf(member), type: typeInWords(member.type) });
      addParts(member.type, `${option}.`);
    }
  };
  const addParts = (type: ts.TypeNode, path: string): void => {
    if (ts.isTypeLiteralNode(type)) return addMembers(type.members, path);
    if (ts.isFunctionTypeNode(type)) return;
    const reference = ts.isTypeReferenceNode(type) ? type.typeName.getText() : DESCRIBED_APART;
    const made = reference === DESCRIBED_APART ? undefined : interfaces.get(reference);
    if (made) addMembers(made.members, path);
    ts.forEachChild(type, (part) => {
      if (ts.isTypeNode(part)) addParts(part, path);
    });
  };
  addMembers(interfaces.get(name)?.members ?? ts.factory.createNodeArray(), prefix);
  return found;
}

/** What follows `Default` in the comment, where it is a value and not a sentence. */
function defaultOf(member: ts.PropertySignature): string | undefined {
  const text = ts
    .getJSDocCommentsAndTags(member)
    .map(({ comment }) => (typeof comment === 'string' ? comment : ''))
    .join(' ');
  const [, code, plain] = /\bDefault:? (?:`([^`]+)`|(\d[\d ]*\d|\d|true|false)\b)/.exec(text) ?? [];
  return code ?? plain?.replaceAll(' ', '');
}

/** As it is declared, without what a table has no room for: what functions take, and what literals are made of. */
function typeInWords(type: ts.TypeNode): string {
  if (ts.isParenthesizedTypeNode(type)) return typeInWords(type.type);
  if (ts.isUnionTypeNode(type)) return type.types.map(typeInWords).join(' or ');
  if (ts.isFunctionTypeNode(type)) return 'function';
  if (ts.isTypeLiteralNode(type)) return 'object';
  if (ts.isTypeOperatorNode(type)) return typeInWords(type.type);
  if (ts.isArrayTypeNode(type)) return `list of ${typeInWords(type.elementType)}`;
  if (ts.isIndexedAccessTypeNode(type)) return 'string';
  return type.getText().replaceAll("'", '');
}
