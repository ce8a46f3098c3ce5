import { dirname, relative } from 'node:path';
import { importsIn, type Sources } from './sources.js';

/** Folders of any depth that import each other, directly or around, by value or by type. */
export function folderCycles(sources: Sources, base: string): string[] {
  const folderOf = (file: string): string => relative(base, dirname(file)) || '.';
  const graph = new Map<string, Set<string>>();
  for (const { from, file } of importsIn(sources)) {
    if (file === undefined || !sources.has(file)) continue;
    const [here, there] = [folderOf(from), folderOf(file)];
    if (here === '.' || there === '.') continue; // the root wires everything
    // A folder and what is inside it are one room.
    if (here === there || here.startsWith(`${there}/`) || there.startsWith(`${here}/`)) continue;
    graph.set(here, (graph.get(here) ?? new Set()).add(there));
  }
  return circlesIn(graph);
}

/** Each cycle once, from its first file by name. */
export function cycles(sources: Sources): string[] {
  const graph = new Map<string, Set<string>>();
  for (const { from, file } of importsIn(sources)) {
    if (file !== undefined && sources.has(file)) graph.set(from, (graph.get(from) ?? new Set()).add(file));
  }
  return circlesIn(graph).map((circle) => circle.replaceAll(/libs\/[^/]+\/src\//g, ''));
}

/** Each circle once, from the first of its members on. */
export function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found = new Set<string>();
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): void => {
    const begin = path.indexOf(node);
    if (begin >= 0) {
      const circle = path.slice(begin);
      const first = circle.indexOf(circle.toSorted()[0] ?? '');
      found.add([...circle.slice(first), ...circle.slice(0, first), circle[first] ?? ''].join(' > '));
    }
    if (begin >= 0 || finished.has(node)) return;
    path.push(node);
    for (const target of graph.get(node) ?? []) visit(target);
    path.pop();
    finished.add(node);
  };
  for (const node of graph.keys()) visit(node);
  return [...found];
}

/** Which rooms import which, by value or by type. @param roomOf the folder or root file that a file belongs to */
export function roomsIn(sources: Sources, roomOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const { from, file } of importsIn(sources)) {
    if (file === undefined || !sources.has(file)) continue;
    const [here, there] = [roomOf(from), roomOf(file)];
    if (here !== there) graph.set(here, (graph.get(here) ?? new Set()).add(there));
  }
  return graph;
}

/** The graph without the arrows that follow from others: who reaches whom stays the same. */
export function reduced(graph: ReadonlyMap<string, ReadonlySet<string>>): [from: string, to: string][] {
  const left = new Map([...graph].map(([from, targets]) => [from, new Set(targets)]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
    [...(left.get(from) ?? [])].some((next) => {
      if (next === to) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, to, seen);
    });
  const arrows = [...graph].flatMap(([from, targets]) => [...targets].map((to): [string, string] => [from, to]));
  return arrows.toSorted(byName).filter(([from, to]) => {
    left.get(from)?.delete(to);
    if (reaches(from, to)) return false;
    left.get(from)?.add(to);
    return true;
  });
}

function byName([from, to]: [string, string], [otherFrom, otherTo]: [string, string]): number {
  return from === otherFrom ? to.localeCompare(otherTo) : from.localeCompare(otherFrom);
}

/** A flowchart in Mermaid, who imports above whom it imports. */
export function flowchart(arrows: readonly (readonly [from: string, to: string])[]): string {
  return ['flowchart TD', ...arrows.map(([from, to]) => `  ${box(from)} --> ${box(to)}`)].join('\n');
}

function box(name: string): string {
  return `${name.replaceAll(/\W/g, '_')}["${name}"]`;
}
