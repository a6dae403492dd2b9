import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Tried } from "../media/connectivity.ts";
import { type Way, ways } from "../media/way.ts";
import { t } from "./text.ts";
import { findingWords } from "./words.ts";

const tried = (outcomes: Partial<Record<Way, Outcome>>): Tried[] => ways.map((way) => ({ way, outcome: outcomes[way] ?? "blocked" }));

test("the network is said to block what was tested, not what the server was too busy for", () => {
  assert.equal(findingWords({ best: "tcp", tried: tried({ tcp: "works" }) }), t("reach.works.tcp"));
  assert.equal(findingWords({ best: "tcp", tried: tried({ udp: "unknown", tcp: "works" }) }), t("reach.works.partly"));
  assert.equal(findingWords({ best: "relayTls", tried: tried({ relayTcp: "unknown", relayTls: "works" }) }), t("reach.works.partly"));
  assert.equal(findingWords({ best: "udp", tried: tried({ udp: "works", tcp: "unknown" }) }), t("reach.works.udp"));
  assert.equal(findingWords({ best: "unknown", tried: [] }), t("reach.unknown"));
});
