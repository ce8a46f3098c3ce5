/** As far as a document of OpenAPI is looked at here. */
export interface Document {
  paths?: Record<string, Record<string, Operation | undefined>>;
  components?: {
    schemas?: Record<string, unknown>;
    securitySchemes?: Record<string, unknown>;
  };
}

/** One method at one path. */
export interface Operation {
  operationId?: string;
  security?: Record<string, string[]>[];
  responses?: Record<string, unknown>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** An operation, with its place. */
export interface PlacedOperation {
  path: string;
  method: string;
  operation: Operation;
}

/** All operations of a document. */
export function operationsOf({ paths = {} }: Document): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}
