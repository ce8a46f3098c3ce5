import type { z } from 'zod';

/** What is wrong with the shape of a value, each mistake beginning with the path to it: `clients[0].clientId: ...`. */
export function shapeProblems(shape: z.ZodType, value: unknown, name = ''): string[] {
  const { error } = shape.safeParse(value);
  return error?.issues.map(({ path, message }) => `${pathText([name, ...path])}: ${message}`) ?? [];
}

function pathText([name = '', ...rest]: readonly PropertyKey[]): string {
  const path = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${String(name)}${path}`.replace(/^\./, '') || 'options';
}
