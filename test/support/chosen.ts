/** The names that a list in the environment has chosen, by default all. @throws for one that is none of them */
export function chosen<Name extends string>(all: readonly Name[], list: string | undefined): readonly Name[] {
  if (list === undefined) return all;
  const names = list.split(',');
  const unknown = names.filter((name) => !all.some((known) => known === name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((name) => names.includes(name));
}
