// What goes wrong in a call, and what people see and hear of it.
import { createServer, connect } from "node:net";
import { room } from "./browser.mjs";

/** A TCP proxy to a port of this machine, whose connections the test can break. */
export class Proxy {
  static async start(port) {
    const proxy = new Proxy();
    proxy.sockets = new Set();
    proxy.server = createServer((from) => {
      const to = connect(port, "127.0.0.1");
      for (const [a, b] of [[from, to], [to, from]]) {
        proxy.sockets.add(a);
        a.pipe(b);
        a.on("error", () => b.destroy());
        a.on("close", () => (proxy.sockets.delete(a), b.destroy()));
      }
    });
    await new Promise((r) => proxy.server.listen(0, "127.0.0.1", r));
    proxy.port = proxy.server.address().port;
    return proxy;
  }
  /** Breaks all connections; new ones work. */
  cut() {
    for (const socket of this.sockets) socket.destroy();
  }
  stop() {
    this.server.close();
    this.cut();
  }
}

/** From now on, what a session page shows as passing lines and has screen readers say is kept in its window.said. */
export async function listen(page) {
  await (room(page) ?? page.mainFrame()).evaluate(() => {
    window.said = [];
    new MutationObserver((changes) => {
      const texts = changes.flatMap(({ target, addedNodes }) => [
        (target.parentElement ?? target).closest("[aria-live]"), ...[...addedNodes].filter((n) => n instanceof Element && n.matches(".toast")),
      ]);
      for (const e of texts) if (e) window.said.push(e.textContent.trim());
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

/** What was said since listen that tells of somebody who came or left. */
export async function comings(page) {
  const said = await (room(page) ?? page.mainFrame()).evaluate(() => window.said);
  return said.filter((text) => / joined$| left$| lost the connection$/.test(text));
}

/** The tiles of a page that say that somebody's connection is coming back. */
export async function reconnecting(page) {
  return (room(page) ?? page.mainFrame()).locator(".tile .tile-note", { hasText: /Reconnecting/ }).count();
}

/** Stops the processes of a browser's pages for a while, as a laptop that sleeps. */
export async function freeze(browser, ms) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const pages = processInfo.filter((p) => p.type === "renderer").map((p) => p.id);
  for (const pid of pages) process.kill(pid, "SIGSTOP");
  try {
    await new Promise((r) => setTimeout(r, ms));
  } finally {
    for (const pid of pages) process.kill(pid, "SIGCONT");
  }
}
