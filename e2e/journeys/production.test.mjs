import { launch, moving } from "../lib/browser.mjs";
import { Clinic } from "../lib/clinic.mjs";
import { participantAt, sessionPage } from "../lib/people.mjs";
import { production, until } from "../lib/system.mjs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { journey } from "./journey.mjs";

journey("NGINX, redis-server, PostgreSQL", production);
