import ts from 'typescript';

/** Functions and constants by name, and members as `Class.member`, wherever they are declared. */
export function memberNames(sources: ReadonlyMap<string, ts.SourceFile>): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && node.name) names.add(node.name.text);
    if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) if (isTopLevel(node)) names.add(name.getText());
    }
    if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
      for (const { name } of node.members) if (name) names.add(`${node.name?.text}.${name.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  for (const source of sources.values()) visit(source);
  return names;
}

/** Every identifier in a file, in code and not in comments. */
export function identifiersIn(source: ts.SourceFile): ReadonlySet<string> {
  const known = identifiers.get(source);
  if (known) return known;
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  identifiers.set(source, names);
  return names;
}

const identifiers = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** The first sentence of the comment on what a file does: its longest class or function that others use. Else empty. */
export function exportedDoc(source: ts.SourceFile): string {
  const documented = source.statements
    .filter((statement) => ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement))
    .filter((statement) => isExported(statement) && docOf(statement) !== '')
    .toSorted((a, b) => b.getText().length - a.getText().length);
  const [sentence = ''] = (documented[0] ? docOf(documented[0]) : '').split(/(?<=\.)\s/);
  return sentence.replaceAll(/\s+/g, ' ');
}

function isExported(statement: ts.ClassDeclaration | ts.FunctionDeclaration): boolean {
  return (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function docOf(statement: ts.Statement): string {
  const [comment] = ts.getJSDocCommentsAndTags(statement).filter((one) => ts.isJSDoc(one));
  return ts.getTextOfJSDocComment(comment?.comment) ?? '';
}

function isTopLevel(node: ts.Node): boolean {
  return ts.isSourceFile(node.parent);
}
