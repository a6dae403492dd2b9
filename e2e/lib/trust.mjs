// Browsers that trust the local authority of `gotera serve`, as people's do who have added it: what a browser lets pass for
// one page by an exception does not count for TURN over TLS.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a directory with an NSS database in which the authority's certificate is trusted for servers. */
function database(dir, authority) {
  mkdirSync(dir, { recursive: true });
  const certutil = (...args) => execFileSync("certutil", ["-d", `sql:${dir}`, ...args], { stdio: "pipe" });
  certutil("-N", "--empty-password");
  certutil("-A", "-n", "gotera", "-t", "C,,", "-i", authority);
}

/** A directory that is a home for Chromium (browser.mjs) and a profile for Firefox (firefox.mjs). */
export function trusting(sys) {
  const dir = mkdtempSync(join(tmpdir(), "gotera-trust-"));
  const authority = join(sys.dir, "tls", "ca_cert.pem");
  database(join(dir, ".pki", "nssdb"), authority); // Chromium on Linux
  database(dir, authority);
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
