// The system under test: `gotera serve --demo` with its embedded parts, or the same programs behind real NGINX, on real
// Redis and real PostgreSQL. Every port is free when it is chosen; every process is ended by its own id.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, chmodSync, readdirSync, readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const gotera = join(root, "bin", "gotera");

/** Polls until check returns a truthy value; throws with what after ms. Unless the time is what is judged, it is for a machine that is busy. */
export async function until(what, check, ms = 30_000, every = 50) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
    } catch (err) {
      last = err;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms${last ? ` (${last.message})` : ""}`);
    await new Promise((r) => setTimeout(r, every));
  }
}

const given = new Set();

/** Whether something could listen on all addresses there. */
async function isFree(port) {
  const server = createServer();
  const free = await new Promise((r) => server.once("error", () => r(false)).listen(port, () => r(true)));
  if (free) await new Promise((r) => server.close(r));
  return free;
}

/** A port on which nothing listens, below those that the system gives to connections (ip_local_port_range), and given once. */
export async function freePort() {
  for (let tries = 0; tries < 1000; tries++) {
    const port = 24000 + Math.floor(Math.random() * 8000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error("no free port");
}

/** The first of 100 ports in a row, below those of freePort. Another test's rooms, if any, are on the first of its own. */
async function freeBlock() {
  for (let tries = 0; tries < 100; tries++) {
    const first = 12000 + Math.floor(Math.random() * 80) * 100;
    if (await isFree(first)) return first;
  }
  throw new Error("no free block of ports");
}

export const listening = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });

/** A child process whose output is kept for the failure message. */
export class Child {
  constructor(name, command, args, options = {}) {
    this.name = name;
    this.output = "";
    this.process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    this.exited = new Promise((r) => this.process.on("exit", (code, signal) => r({ code, signal })));
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (d) => {
        this.output = (this.output + d).slice(-400_000);
        if (process.env.E2E_VERBOSE) process.stderr.write(`[${name}] ${d}`);
      });
    }
  }
  kill(signal = "SIGKILL") {
    this.process.kill(signal);
    return this.exited;
  }
  async stop(ms = 15_000) {
    this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), ms);
    await this.exited;
    clearTimeout(timer);
  }
}

/** Reads what the demonstration accounts are from what the program printed. */
function accounts(output) {
  const clinician = output.match(/clinician\s+(\S+) \/ (\S+)/);
  if (!clinician) return null;
  const participants = [...output.matchAll(/participant\s+(.+?)\s+\S*\/rehab\/participant\?token=(\S+)/g)].map((m) => ({ name: m[1].trim(), token: m[2] }));
  const devices = [...output.matchAll(/device\s+(.+?)\s+(?:gotera peer .*--token )?(\S+)\n/g)].map((m) => ({ name: m[1].trim(), token: m[2] }));
  return participants.length && devices.length ? { username: clinician[1], password: clinician[2], participants, devices } : null;
}

class System {
  children = [];
  /** within: a namespace of lib/netns.mjs in which everything runs; the host itself unless given. */
  constructor(within) {
    this.within = within;
    this.dir = mkdtempSync(join(tmpdir(), "gotera-e2e-"));
  }
  start(name, command, args, options) {
    const [first, ...rest] = this.within?.inside(command, ...args) ?? [command, ...args];
    const child = new Child(name, first, rest, options);
    this.children.push(child);
    return child;
  }
  /** Ids of this system's room processes, found by the state directory that is theirs. */
  rooms() {
    const found = [];
    for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        if (args[1] !== "room") continue;
        const port = Number((args.find((a) => a.startsWith("--port=")) ?? "").slice(7));
        if (port >= this.roomPort && port < this.roomPort + 50) found.push({ pid: Number(pid), port });
      } catch {
        // it has just ended
      }
    }
    return found;
  }
  /** The process id of this system's rehab service. */
  rehabPid() {
    for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        if (args[1] === "rehab" && args.some((a) => a.startsWith(this.dir))) return Number(pid);
      } catch {
        // it has just ended
      }
    }
    return 0;
  }
  /** The process id of this system's TURN server. */
  turnPid() {
    for (const pid of readdirSync("/proc").filter((n) => /^\d+$/.test(n))) {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        if (args[1] === "turn" && args.some((a) => a.includes(this.dir))) return Number(pid);
      } catch {
        // it has just ended
      }
    }
    return 0;
  }
  /** Status of a GET of a path, from where the system runs. */
  async status(path) {
    if (!this.within) return request(this.base + path);
    const [ip, ...args] = this.within.inside(process.execPath, join(root, "e2e", "lib", "status.mjs"), this.base + path);
    const probe = new Child("status", ip, args);
    await probe.exited;
    return Number(probe.output);
  }
  log() {
    return this.children.map((c) => `--- ${c.name}\n${c.output}`).join("\n");
  }
  async stop() {
    for (const child of this.children.reverse()) await child.stop();
    for (const { pid } of this.rooms()) process.kill(pid, "SIGKILL");
    const turn = this.turnPid();
    if (turn) process.kill(turn, "SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/**
 * `gotera serve --demo`: the embedded Redis, SQLite and ingress. Within a namespace people reach it as host, on the port of
 * https.
 */
export async function embedded({ within, host = "localhost" } = {}) {
  const sys = new System(within);
  const [redis, core, rehab, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const external = within ? 443 : await freePort();
  sys.roomPort = await freeBlock();
  sys.base = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${external}`).origin;
  sys.metrics = `http://127.0.0.1:${metrics}/metrics`;
  sys.serveArgs = ["serve", "--demo", "--data", sys.dir, "--hostname", host, "--listen", `${within ? "" : "127.0.0.1"}:${external}`, "--redis-port", `${redis}`,
    "--core-port", `${core}`, "--rehab-port", `${rehab}`, "--room-port", `${sys.roomPort}`, "--metrics-listen", `127.0.0.1:${metrics}`,
    "--turn-port", within ? "3478" : "0"]; // several systems may run on the host; TURN comes by the ingress there
  sys.restartServe = async () => {
    sys.serve = sys.start("serve", gotera, sys.serveArgs);
    sys.accounts = await until("gotera serve prints the accounts", () => accounts(sys.serve.output), 30_000).catch((err) => {
      throw new Error(`${err.message}\n${sys.log()}`);
    });
    await until("the ingress and rehab answer", async () => (await sys.status("/rehab/api/config")) === 200, 15_000).catch((err) => {
      throw new Error(`${err.message}\n${sys.log()}`);
    });
  };
  await sys.restartServe();
  return sys;
}

/** Status of a GET without checking the local authority's certificate. */
export async function request(url, headers = {}) {
  const { request: https } = await import("node:https");
  return new Promise((resolve, reject) => {
    const req = https(url, { rejectUnauthorized: false, headers }, (res) => (res.resume(), resolve(res.statusCode)));
    req.on("error", reject);
    req.end();
  });
}

/** JSON of a request without checking the local authority's certificate. */
export async function api(url, { method = "GET", headers = {}, body } = {}) {
  const { request: https } = await import("node:https");
  return new Promise((resolve, reject) => {
    const req = https(url, { method, rejectUnauthorized: false, headers: { "Content-Type": "application/json", ...headers } }, (res) => {
      let text = "";
      res.on("data", (d) => (text += d));
      res.on("end", () => {
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = text;
        }
        resolve({ status: res.statusCode, body: json });
      });
    });
    req.on("error", reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Core and rehab as programs of their own behind NGINX, on redis-server and PostgreSQL. server: more of the core's configuration. */
export async function production(server = {}) {
  const sys = new System();
  chmodSync(sys.dir, 0o755);
  const [external, redis, core, rehab, pg] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
  sys.roomPort = await freeBlock();
  sys.base = `https://localhost:${external}`;
  sys.redisArgs = ["--port", `${redis}`, "--bind", "127.0.0.1", "--save", "", "--dir", sys.dir, "--requirepass", "e2e-secret"];
  sys.startRedis = () => (sys.redis = sys.start("redis", "redis-server", sys.redisArgs));
  sys.startRedis();
  sys.redisGet = async (key) => {
    const child = new Child("redis-cli", "redis-cli", ["--no-auth-warning", "-p", `${redis}`, "-a", "e2e-secret", "GET", key]);
    await child.exited;
    return child.output.trim();
  };
  await startPostgres(sys, pg);
  const redisConfig = { hostname: "127.0.0.1", port: redis, password: "e2e-secret" };
  const write = (name, value) => {
    const file = join(sys.dir, name);
    writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
    return file;
  };
  const coreFile = write("core.json", {
    Server: { port: core, hostname: "localhost", ssl_path: join(sys.dir, "tls"), ...server }, Redis: redisConfig,
    Database: { db_type: "QPSQL", name: "opentera", url: "127.0.0.1", port: pg, username: "postgres", password: "e2e" },
  });
  const rehabFile = write("rehab.json", {
    Service: { port: rehab }, Redis: redisConfig, Backend: { hostname: "127.0.0.1", port: core, scheme: "http" },
    WebRTC: { hostname: "localhost", external_port: external, local_base_port: sys.roomPort, media_base_port: sys.roomPort + 10000, state_directory: join(sys.dir, "rehab"),
      turn_port: 0, turn_tls_port: 0 },
  });
  sys.core = sys.start("core", gotera, ["core", "--config", coreFile, "--demo", "--service-port", `VideoRehabService=${rehab}`]);
  sys.accounts = await until("gotera core prints the accounts", () => accounts(sys.core.output), 30_000).catch((err) => {
    throw new Error(`${err.message}\n${sys.log()}`);
  });
  sys.startRehab = () => (sys.rehab = sys.start("rehab", gotera, ["rehab", "--config", rehabFile]));
  sys.startRehab();
  await startNginx(sys, coreFile, rehabFile);
  await until("NGINX and rehab answer", async () => (await request(`${sys.base}/rehab/api/config`)) === 200, 15_000).catch((err) => {
    throw new Error(`${err.message}\n${sys.log()}`);
  });
  return sys;
}

async function startPostgres(sys, port) {
  const bin = join("/usr/lib/postgresql", readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a))[0], "bin");
  const dir = join(sys.dir, "pg");
  mkdirSync(dir);
  const asPostgres = process.getuid() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  const run = async (...args) => {
    const [command, ...rest] = [...asPostgres, ...args];
    const child = new Child(args[0], command, rest, { cwd: "/" });
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${args[0]}: exit ${code}\n${child.output}`);
  };
  if (asPostgres.length) {
    const chown = new Child("chown", "chown", ["postgres", dir]);
    await chown.exited;
  }
  await run(join(bin, "initdb"), "-D", dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
  const [command, ...rest] = [...asPostgres, join(bin, "postgres"), "-D", dir, "-p", `${port}`, "-c", "listen_addresses=127.0.0.1",
    "-c", `unix_socket_directories=`, "-c", "fsync=off"];
  sys.start("postgres", command, rest, { cwd: "/" });
  await until("PostgreSQL listens", () => listening(port), 20_000);
  await until("the database is made", async () => {
    await run(join(bin, "createdb"), "-h", "127.0.0.1", "-p", `${port}`, "-U", "postgres", "opentera");
    return true;
  }, 20_000, 300);
}

async function startNginx(sys, coreFile, rehabFile) {
  const cert = join(sys.dir, "cert.pem");
  const key = join(sys.dir, "key.pem");
  const openssl = new Child("openssl", "openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
  await openssl.exited;
  const printed = new Child("nginx-config", gotera, ["nginx", "--core-config", coreFile, "--rehab-config", rehabFile, "--cert", cert, "--key", key]);
  const { code } = await printed.exited;
  if (code !== 0) throw new Error(`gotera nginx: ${printed.output}`);
  const site = join(sys.dir, "site.conf");
  writeFileSync(site, printed.output.replaceAll("/var/log/nginx/", `${sys.dir}/`));
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((t) => `${t}_temp_path ${sys.dir}/nginx-${t};`).join("\n  ");
  const conf = join(sys.dir, "nginx.conf");
  writeFileSync(conf, `daemon off;\npid ${sys.dir}/nginx.pid;\nerror_log stderr warn;\nworker_processes 1;\n${process.getuid() === 0 ? "user root;\n" : ""}
events { worker_connections 512; }
http {
  access_log off;
  include /etc/nginx/mime.types;
  ${temp}
  include ${site};
}
`);
  sys.startNginx = () => (sys.nginx = sys.start("nginx", "nginx", ["-c", conf, "-p", sys.dir]));
  sys.startNginx();
}
