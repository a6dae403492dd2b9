import assert from "node:assert/strict";
import { test } from "node:test";
import { Clinic } from "../lib/clinic.mjs";
import { Child, embedded, gotera, until } from "../lib/system.mjs";
import { journey } from "./journey.mjs";

journey("gotera serve: SQLite, embedded Redis, own ingress", embedded, { kills: true });

test("50 sessions are started and stopped, and every port is free again", async () => {
  const sys = await embedded();
  try {
    const clinic = await new Clinic(sys).login();
    const people = await clinic.participants();
    for (let i = 0; i < 50; i++) {
      const session = await clinic.start({ session_participants: [people[i % people.length].participant_uuid] });
      assert.equal((await clinic.stop(session)).status, "stopped");
    }
    await until("every room has ended", () => sys.rooms().length === 0);
    assert.deepEqual(await clinic.running(), []);
  } finally {
    await sys.stop();
  }
});

test("gotera serve killed with SIGKILL: the room lives on and the next one finds it", async () => {
  const sys = await embedded();
  try {
    let clinic = await new Clinic(sys).login();
    const session = await clinic.start();
    const rooms = sys.rooms();
    await sys.serve.kill();
    await until("rehab has ended with it", () => sys.rehabPid() === 0);
    assert.deepEqual(sys.rooms(), rooms);
    await sys.restartServe();
    clinic = await new Clinic(sys).login();
    await until("the session is known", async () => (await clinic.running())[0]?.session_uuid === session.session_uuid);
    assert.deepEqual(sys.rooms(), rooms, "the room is the same process");
    assert.equal((await clinic.stop(session)).status, "stopped");
    await until("the room has ended", () => sys.rooms().length === 0);
  } finally {
    await sys.stop();
  }
});

test("gotera serve told to stop: sessions are completed first; a second serve on its data is refused", async () => {
  const sys = await embedded();
  try {
    const session = await (await new Clinic(sys).login()).start();
    const second = new Child("second", gotera, sys.serveArgs);
    assert.equal((await second.exited).code, 1);
    assert.match(second.output, /another gotera serve uses it/);
    await sys.serve.stop();
    assert.deepEqual(sys.rooms(), []);
    await sys.restartServe();
    const clinic = await new Clinic(sys).login();
    const [row] = await clinic.get(`/api/user/sessions?id_session=${session.id_session}`);
    assert.equal(row.session_status, 2);
    const kinds = (await clinic.get(`/api/user/sessions/events?id_session=${session.id_session}`)).map((e) => e.id_session_event_type);
    assert.ok(kinds.includes(4), `no STOP event in ${kinds}`);
  } finally {
    await sys.stop();
  }
});
