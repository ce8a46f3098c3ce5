import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Reference {
  $ref: string;
}

interface HeaderObject {
  required?: boolean;
  schema?: { type?: string };
}

interface ResponseObject {
  content?: Record<string, { schema: object }>;
  headers?: Record<string, HeaderObject | Reference>;
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, ResponseObject | Reference> }>>;
  components: { responses: Record<string, ResponseObject>; headers: Record<string, HeaderObject> };
}

/** An operation by its method, in lower case, and its path. */
export type Operation = readonly [method: string, path: string];

/** Checks answers against an OpenAPI 3.1 file. */
export class OpenApi {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(file: string) {
    this.#document = JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as Document;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, 'openapi');
  }

  /** The statuses that the file lists for an operation. */
  statuses([method, path]: Operation): string[] {
    return Object.keys(this.#document.paths[path]?.[method]?.responses ?? {});
  }

  /** What is wrong with an answer. */
  problems([method, path]: Operation, { status, headers }: Response, body: unknown): string[] {
    const listed = this.#document.paths[path]?.[method]?.responses[status];
    if (!listed) return [`${method} ${path} lists no ${status}`];
    const response = '$ref' in listed ? this.#document.components.responses[nameIn(listed)]! : listed;
    const schema = response.content?.['application/json']?.schema;
    const ofBody = schema ? this.#errors(schema, body) : body === undefined ? [] : ['a body where there is none'];
    const ofHeaders = Object.entries(response.headers ?? {}).flatMap(([name, given]) =>
      this.#headerProblems(name, given, headers.get(name)),
    );
    return [...ofBody, ...ofHeaders];
  }

  #headerProblems(name: string, given: HeaderObject | Reference, value: string | null): string[] {
    const { required, schema } = '$ref' in given ? this.#document.components.headers[nameIn(given)]! : given;
    if (value === null) return required ? [`no header ${name}`] : [];
    if (!schema) return [];
    return this.#errors(schema, schema.type === 'number' ? Number(value) : value).map((error) => `${name}: ${error}`);
  }

  #errors(schema: object, value: unknown): string[] {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
    const validate: ValidateFunction = this.#ajv.compile(absolute);
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

function nameIn({ $ref }: Reference): string {
  return $ref.split('/').at(-1) ?? '';
}
