// A network of Linux namespaces: a server, a firewall, and clients behind it. Programs run inside with `ip netns exec`;
// nothing of the host's own interfaces, routes and rules is touched.
//
//	client --- 10.77.1.2, fd77:1::2 --- firewall --- 10.77.0.1, fd77::1 --- server
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "gotera-e2e";

/** Runs a program that sets something up; input is what it reads. */
function run(command, args, input = "") {
  try {
    return execFileSync(command, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  } catch (err) {
    throw new Error(`${command} ${args.join(" ")}: ${err.stderr || err.message}`, { cause: err });
  }
}

const ip = (...args) => run("ip", args);

/** Namespaces that are there, of this program. */
const namespaces = () => ip("netns", "list").split("\n").map((line) => line.split(" ")[0]).filter((name) => name.startsWith(`${prefix}-`));

/** Ends what still runs in a namespace, then removes it, and with it its links. */
function remove(name) {
  for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // it has just ended
    }
  }
  ip("netns", "del", name);
  rmSync(etc(name), { recursive: true, force: true });
}

/** The server's names inside the namespaces, for its IPv4 and its IPv6 address. */
export const serverName = "clinic.test";
export const serverName6 = "clinic6.test";
const names = [[serverName, "10.77.0.1"], [serverName6, "fd77::1"]];

/** What `ip netns exec` lays over /etc for programs inside. */
const etc = (name) => `/etc/netns/${name}`;

/** One namespace, with the loopback interface up. */
class Namespace {
  constructor(name) {
    this.name = name;
    ip("netns", "add", name);
    mkdirSync(etc(name), { recursive: true });
    writeFileSync(join(etc(name), "hosts"), `127.0.0.1 localhost\n${names.map(([name, address]) => `${address} ${name}\n`).join("")}`);
    writeFileSync(join(etc(name), "resolv.conf"), "");
    this.run("sh", ["-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"]); // addresses are good at once
    this.ip("link", "set", "lo", "up");
  }
  ip(...args) {
    return ip("-n", this.name, ...args);
  }
  /** The command line of a program inside. */
  inside(command, ...args) {
    return ["ip", "netns", "exec", this.name, command, ...args];
  }
  run(command, args = [], input = "") {
    const [ip, ...rest] = this.inside(command, ...args);
    return run(ip, rest, input);
  }
  /** An end of a link gets its addresses and is up. */
  address(device, ...addresses) {
    for (const a of addresses) this.ip("address", "add", a, "dev", device, ...(a.includes(":") ? ["nodad"] : []));
    this.ip("link", "set", device, "up");
  }
  /** A script that runs program inside, for what wants the name of one file. */
  script(program) {
    this.dir ??= mkdtempSync(join(tmpdir(), "gotera-netns-"));
    const file = join(this.dir, program.replaceAll("/", "-"));
    writeFileSync(file, `#!/bin/sh\nexec ${this.inside(program).join(" ")} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }
  /** Makes a port of 127.0.0.1 inside reachable under the same number outside. */
  async forward(port) {
    const relay = `const s = require("net").connect(${port}, "127.0.0.1"); process.stdin.pipe(s).pipe(process.stdout); s.on("error", () => process.exit())`;
    const [ip, ...args] = this.inside(process.execPath, "-e", relay);
    this.server = createServer((socket) => {
      const child = spawn(ip, args, { stdio: ["pipe", "pipe", "ignore"] });
      socket.pipe(child.stdin).on("error", () => undefined);
      child.stdout.pipe(socket);
      socket.on("error", () => child.kill());
    });
    await new Promise((r) => this.server.listen(port, "127.0.0.1", r));
  }
  remove() {
    this.server?.close();
    remove(this.name);
    if (this.dir) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Somebody's machine, behind the firewall. Its link is numbered: 10.77.<n>.2 and fd77:<n>::2. */
class Client extends Namespace {
  constructor(name, net) {
    super(name);
    this.net = net;
    this.move();
  }
  /** The link that it had goes, and another with other addresses comes: from Wi-Fi to the telephone's network. */
  move() {
    const before = this.device;
    const n = ++this.net.links;
    this.device = `net${n}`;
    this.outside = `to-net${n}`;
    this.net.firewall.ip("link", "add", this.outside, "type", "veth", "peer", "name", this.device, "netns", this.name);
    this.net.firewall.address(this.outside, `10.77.${n}.1/24`, `fd77:${n}::1/64`);
    this.net.filter();
    if (before) this.ip("link", "del", before);
    this.address(this.device, `10.77.${n}.2/24`, `fd77:${n}::2/64`);
    this.ip("route", "add", "default", "via", `10.77.${n}.1`);
    this.ip("-6", "route", "add", "default", "via", `fd77:${n}::1`);
  }

  /**
   * From now on the firewall passes these ports of the server for this client, both ways, and nothing else: ["tcp 443",
   * "udp 3478", "tcp 22000-22050"]; family: 4 or 6, packets of that alone. It remembers nothing of connections.
   */
  only(ports, family) {
    const version = family ? `meta nfproto ipv${family} ` : "";
    this.rules = ports.flatMap((port) => {
      const [protocol, number] = port.split(" ");
      return [`${version}${protocol} dport ${number} accept`, `${version}${protocol} sport ${number} accept`];
    });
    this.net.filter();
  }
  /** Gives programs inside a name server that knows the server's names, beside /etc/hosts. */
  async names() {
    const [ip, ...args] = this.inside(process.execPath, join(import.meta.dirname, "names.mjs"), ...names.flat());
    const child = spawn(ip, args, { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data"); // it listens; it ends with the namespace
    writeFileSync(join(etc(this.name), "resolv.conf"), "nameserver 127.0.0.1\n");
  }

  /** Everything passes. */
  open() {
    this.rules = ["accept"];
    this.net.filter();
  }
  /** Nothing passes. */
  cut() {
    this.rules = [];
    this.net.filter();
  }
  rules = ["accept"];
}

export class Net {
  links = 0;
  clients = [];

  constructor() {
    if (process.getuid() !== 0) throw new Error("these tests make network namespaces and need root: run them as root");
    for (const name of namespaces()) {
      const [pid] = name.slice(prefix.length + 1).split("-");
      if (!existsSync(`/proc/${pid}`)) remove(name); // of a run that was killed
    }
    this.id = `${prefix}-${process.pid}-${Net.count++}`;
    this.atExit = () => this.remove();
    process.on("exit", this.atExit);
    this.firewall = new Namespace(`${this.id}-firewall`);
    this.server = new Namespace(`${this.id}-server`);
    this.firewall.run("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"]);
    this.firewall.ip("link", "add", "to-server", "type", "veth", "peer", "name", "net0", "netns", this.server.name);
    this.firewall.address("to-server", "10.77.0.254/24", "fd77::fe/64");
    this.server.address("net0", "10.77.0.1/24", "fd77::1/64");
    this.server.ip("route", "add", "default", "via", "10.77.0.254");
    this.server.ip("-6", "route", "add", "default", "via", "fd77::fe");
  }
  static count = 0;

  client() {
    const client = new Client(`${this.id}-client${this.clients.length}`, this);
    this.clients.push(client);
    this.filter();
    return client;
  }

  /** Gives the firewall the clients' rules. What passes is between a client and the server. */
  filter() {
    const chains = this.clients.map((c, i) => [
      `chain client${i} {\n${c.rules.join("\n")}\n}`,
      `iifname "${c.outside}" oifname "to-server" jump client${i}\niifname "to-server" oifname "${c.outside}" jump client${i}`,
    ]);
    const forward = `chain forward { type filter hook forward priority 0; policy drop;\n${chains.map(([, jump]) => jump).join("\n")}\n}`;
    const table = [...chains.map(([chain]) => chain), forward].join("\n");
    this.firewall.run("nft", ["-f", "-"], `table inet gotera\ndelete table inet gotera\ntable inet gotera {\n${table}\n}\n`);
  }

  /** Everything goes, whatever of it was made. */
  remove() {
    process.off("exit", this.atExit);
    for (const namespace of [...this.clients, this.server, this.firewall]) {
      try {
        namespace?.remove();
      } catch (err) {
        console.error(`# ${err.message}`);
      }
    }
    this.clients = [];
    this.server = this.firewall = undefined;
  }
}
