const errs = () => { const O = RTCPeerConnection; globalThis.errors = []; globalThis.RTCPeerConnection = class extends O { constructor(...a) { super(...a); this.addEventListener("icecandidateerror", (e) => globalThis.errors.push([e.url, e.address, e.errorCode, e.errorText])); this.addEventListener("icecandidate", (e) => globalThis.errors.push(e.candidate?.candidate)); } }; };
import { remember } from "../lib/alone.mjs";
import { launchIn, moving, room } from "../lib/browser.mjs";
import { Net } from "../lib/netns.mjs";
import { clinicianAt, participantAt, sessionPage, startWith } from "../lib/people.mjs";
import { embedded } from "../lib/system.mjs";
import { trusting } from "../lib/trust.mjs";
import { way } from "../lib/ways.mjs";
const ports = process.argv[2].split(",");
const rounds = Number(process.argv[3] ?? 1);
const net = new Net();
const sys = await embedded({ within: net.server, host: process.env.HOST6 ? "clinic6.test" : (process.env.HOST4 ?? "10.77.0.1") });
const trust = trusting(sys);
const cl = await launchIn(net.server, trust);
const clinician = await clinicianAt(sys, cl, { ignoreHTTPSErrors: false });
const name = sys.accounts.participants[0].name;
const home = net.client();
await startWith(clinician, sys.accounts.participants.slice(0, 2).map((p) => p.name));
{ const { writeFileSync } = await import("node:fs"); const { spawn } = await import("node:child_process"); writeFileSync(`/etc/netns/${home.name}/resolv.conf`, "nameserver 127.0.0.1\n"); const [ip, ...a] = home.inside(process.execPath, new URL("../lib/names.mjs", import.meta.url).pathname, "clinic.test", "10.77.0.1", "clinic6.test", "fd77::1"); const c = spawn(ip, a, {stdio: ["ignore", "inherit", "inherit"]}); await new Promise((r) => setTimeout(r, 500)); console.log(home.run("getent", ["ahosts", "clinic6.test"])); }
const br = await launchIn(home, trust);
const media = `${sys.roomPort + 10000}-${sys.roomPort + 10050}`;
const second = net.client(); const name2 = sys.accounts.participants[1].name; if (process.argv[5]) { const b2 = await launchIn(second, trust); const p2 = await participantAt(sys, b2, name2, { record: [errs, remember], ignoreHTTPSErrors: false }); await sessionPage(p2, 20000); await moving(p2, 1, 20000); if (process.argv[5] === "cut") second.cut(); }
home.only(["tcp 443", ...ports.map((p) => p.replace("media", media))], process.env.HOST6 ? 6 : 4);
import { Watch } from "../lib/gaps.mjs";
for (let i = 0; i < rounds; i++) {
  if (process.argv[6] === "late") home.only(["tcp 443"], 4);
  const t0 = Date.now();
  const log = (...a) => console.log(Date.now() - t0, ...a);
  const page = await participantAt(sys, br, name, { record: [errs, remember], ignoreHTTPSErrors: false });
  await sessionPage(page, 20000);
  log("page");
  let last = "", lastWay; const hist = [];
  const end = Date.now() + Number(process.argv[4] ?? 9000);
  let seen = false;
  moving(page, 1, 20000).then(async () => { log("moving"); if (process.argv[6] === "late") home.only(["tcp 443", "udp 3478"], 4); const { pictures } = await import("../lib/browser.mjs"); const last = new Map(); let t = 0; const times = []; const iv = setInterval(async () => { const f = (await pictures(page).catch(() => []))[0]?.frames; if (f > t) { times.push(Date.now()); t = f; } }, 20); setTimeout(() => { clearInterval(iv); const gaps = times.slice(1).map((x, i) => [x - times[i], x - t0]).sort((a, b) => b[0] - a[0]); log("gaps", JSON.stringify(gaps.slice(0, 4))); }, Number(process.argv[4]) - 3000); });
  while (Date.now() < end) {
    const s = await room(page)?.evaluate(async () => {
      const out = [];
      for (const pc of globalThis.connections ?? []) {
        if (pc.connectionState === "closed") continue;
        const stats = await pc.getStats();
        const tr = [...stats.values()].find((e) => e.type === "transport");
        for (const p of stats.values()) if (p.type === "candidate-pair") {
          const l = stats.get(p.localCandidateId), r = stats.get(p.remoteCandidateId);
          out.push(`${pc.connectionState} ${tr?.selectedCandidatePairId === p.id ? "*" : " "} ${l?.candidateType}/${l?.protocol}/${l?.relayProtocol ?? ""} ${l?.address} -> ${r?.candidateType} ${r?.protocol} ${r?.address}:${r?.port} ${p.state} nom=${p.nominated} prio=${l?.priority} rtt=${p.currentRoundTripTime} req=${p.requestsSent} resp=${p.responsesReceived}`);
        }
      }
      return out.join("\n   ");
    }).catch((e) => String(e));
    const key = (s ?? "").replace(/ (rtt|req|resp)=\S+/g, "");
    if (key !== last) (hist.push(`${Date.now() - t0} ${s}`), (last = key)); const w = (s ?? "").split("\n").find((l) => l.includes("*"))?.match(/\*.*?10/)?.[0]; if (w !== lastWay) log(w), lastWay = w;
    await new Promise((r) => setTimeout(r, 50));
  }
  const used = await way(page); log("way", used, JSON.stringify(await room(page).evaluate(() => globalThis.errors.filter(Array.isArray)), null, 0)); if (0) console.log(hist.join("\n"), sys.log().split("\n").filter((l) => /turn/.test(l)).slice(-30).join("\n"));
  await page.context().close();
}
await br.close(); await cl.close();
await sys.stop(); net.remove(); trust.remove(); process.exit();
