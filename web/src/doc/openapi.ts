/** The part of an OpenAPI 3.1 document that the page shows. */
export interface OpenAPI {
  info: { title: string; version: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}

interface Described {
  tags: string[];
  operationId: string;
  summary: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  security: Record<string, unknown>[];
  responses: Record<string, { description: string }>;
}

export interface Parameter {
  name: string;
  description?: string;
  required?: boolean;
  schema: Schema;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  maxLength?: number;
  readOnly?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
}

export interface Operation extends Described {
  method: string;
  path: string;
  /** Content type of the body, if there is one. */
  media?: string;
}

/** operations lists all operations of a document, in its order. */
export function operations(doc: OpenAPI): Operation[] {
  return Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, o]) => ({ ...o, method: method.toUpperCase(), path, media: Object.keys(o.requestBody?.content ?? {})[0] })),
  );
}

/** matching keeps the operations that have every word of text in their path, method or summary. */
export function matching(all: Operation[], text: string): Operation[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((o) => words.every((w) => `${o.method} ${o.path} ${o.summary}`.toLowerCase().includes(w)));
}

/** example is a value of the schema to begin with; models are written out once. */
export function example(doc: OpenAPI, schema: Schema | undefined, depth = 0): unknown {
  if (!schema || depth > 3) return {};
  if (schema.$ref) return example(doc, doc.components.schemas[schema.$ref.split("/").at(-1) ?? ""], depth + 1);
  if (schema.anyOf?.[0]) return example(doc, schema.anyOf[0], depth);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "array") return [example(doc, schema.items, depth + 1)];
  if (type === "integer") return 0;
  if (type === "boolean") return false;
  if (type === "string") return "";
  const fields = Object.entries(schema.properties ?? {}).filter(([, s]) => !s.readOnly);
  return Object.fromEntries(fields.map(([name, s]) => [name, example(doc, s, depth + 1)]));
}

/** typeName says what a parameter is: "integer", "string (date)". */
export function typeName(s: Schema): string {
  const type = Array.isArray(s.type) ? s.type.join(" | ") : (s.type ?? "any");
  return s.format ? `${type} (${s.format})` : type;
}
