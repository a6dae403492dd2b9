import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import en from "./en.json" with { type: "json" };
import fr from "./fr.json" with { type: "json" };
import { chooseLang, formatDuration, lang, texts, type Texts } from "./i18n.ts";

/** All keys below texts; a plural counts as one. */
function keys(texts: Texts, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([name, value]) =>
    typeof value === "string" || "one" in value ? [prefix + name] : keys(value, `${prefix}${name}.`),
  );
}

function leaf(texts: Texts, key: string): string | Texts {
  return key.split(".").reduce<string | Texts>((at, part) => (at as Texts)[part] ?? "", texts);
}

function params(value: string | Texts): string[] {
  return [...new Set(JSON.stringify(value).match(/\{\w+\}/g) ?? [])].sort();
}

/** The text of all sources that may name a key. */
function sources(dir: string): string {
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .filter((path) => !path.endsWith(".test.ts") && !path.endsWith(".json"))
    .map((path) => (statSync(path).isDirectory() ? sources(path) : /\.tsx?$/.test(path) ? readFileSync(path, "utf8") : ""))
    .join("\n");
}

test("both languages have the same keys and parameters", () => {
  assert.deepEqual(keys(fr).sort(), keys(en).sort());
  for (const key of keys(en)) {
    assert.deepEqual(params(leaf(fr, key)), params(leaf(en, key)), key);
    assert.notEqual(leaf(fr, key), "", `${key} is empty in French`);
  }
});

test("every key is used", () => {
  const source = sources(join(import.meta.dirname, ".."));
  // A key is used when it is written out, or when a template begins with its parent: t(`room.status.${word}`).
  const templates = new Set([...source.matchAll(/`([\w.]+\.)\$\{/g)].map((m) => m[1] ?? ""));
  const unused = keys(en).filter(
    (key) => !source.includes(`"${key}"`) && ![...templates].some((prefix) => key.startsWith(prefix)),
  );
  assert.deepEqual(unused, []);
});

test("a text takes its language, parameters and plural form", () => {
  const t = texts({ a: { hello: "Hello {name}", people: { one: "{count} person", other: "{count} people" } } }, {
    a: { hello: "Bonjour {name}", people: { one: "{count} personne", other: "{count} personnes" } },
  });
  lang.value = "en";
  assert.equal(t("a.hello", { name: "Ann" }), "Hello Ann");
  assert.equal(t("a.people", { count: 0 }), "0 people");
  lang.value = "fr";
  assert.equal(t("a.hello", { name: "{name}" }), "Bonjour {name}");
  assert.equal(t("a.people", { count: 0 }), "0 personne"); // French counts zero as singular
  assert.equal(t("a.people", { count: 1200 }).replace(/\s/g, " "), "1 200 personnes");
  lang.value = "en";
});

test("the first known wish decides the language", () => {
  assert.equal(chooseLang("de", "fr-CA", "en"), "fr");
  assert.equal(chooseLang(null, "EN_us"), "en");
});

test("durations are written as hh:mm:ss", () => {
  assert.equal(formatDuration(0), "00:00:00");
  assert.equal(formatDuration(12 * 60 + 41.9), "00:12:41");
  assert.equal(formatDuration(100 * 3600 + 61), "100:01:01");
});
