import assert from "node:assert/strict";
import { test } from "node:test";
import { example, matching, type OpenAPI, operations, typeName } from "./openapi.ts";
import { address, pretty } from "./send.ts";

const site = { type: "object", properties: { id_site: { type: "integer" }, site_uuid: { type: "string", readOnly: true }, site_name: { type: ["string", "null"] } } };
const doc = {
  info: { title: "", version: "" }, tags: [], components: { schemas: { site } },
  paths: {
    "/api/user/sites": {
      get: { tags: ["user"], operationId: "a", summary: "Lists sites", security: [], responses: {} },
      post: { tags: ["user"], operationId: "b", summary: "Writes", security: [], responses: {}, requestBody: { content: { "application/json": { schema: { anyOf: [{ properties: { site: { $ref: "#/components/schemas/site" } } }, {}] } } } } },
    },
  },
} satisfies OpenAPI;

test("operations are found by all words", () => {
  const all = operations(doc);
  assert.deepEqual(all.map((o) => [o.method, o.path, o.media]), [["GET", "/api/user/sites", undefined], ["POST", "/api/user/sites", "application/json"]]);
  assert.deepEqual(matching(all, "sites  post").map((o) => o.operationId), ["b"]);
  assert.equal(matching(all, "").length, 2);
});

test("a body begins with the fields that can be written", () => {
  const body = operations(doc)[1]?.requestBody?.content["application/json"]?.schema;
  assert.deepEqual(example(doc, body), { site: { id_site: 0, site_name: "" } });
  assert.equal(typeName({ type: ["string", "null"], format: "date-time" }), "string | null (date-time)");
});

test("empty arguments are not sent, others are escaped", () => {
  const get = operations(doc)[0]!;
  assert.equal(address(get, { id_site: "", name: "a&b" }), "/api/user/sites?name=a%26b");
  assert.equal(address(get, {}), "/api/user/sites");
  assert.equal(pretty('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(pretty("plain"), "plain");
});
