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

function isTopLevel(node: ts.Node): boolean {
  return ts.isSourceFile(node.parent);
}
