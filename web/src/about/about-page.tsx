import { Brand } from "../rehab/views/brand.tsx";
import { LanguageSwitch } from "../rehab/views/language-switch.tsx";
import { t } from "./text.ts";

interface Client {
  client_name: string;
  client_description: string;
  client_version: string;
  client_documentation_url: string;
  client_windows_download_url: string;
  client_mac_download_url: string;
  client_linux_download_url: string;
}

/** What the server writes into the page; the Go side is core/rest/pages.go. */
export interface AboutBoot {
  server: string;
  version: string;
  address: string;
  clients: Client[];
  docs: boolean;
}

/** About says what this server is, and where the programs for it are. */
export function About({ server }: { server: AboutBoot }) {
  return (
    <div class="about">
      <header class="about-head">
        <Brand />
        <LanguageSwitch />
      </header>
      <main>
        <h1>{t("about.heading", { name: server.server })}</h1>
        <p>{t("about.what")}</p>
        <section class="card" aria-labelledby="server">
          <h2 id="server">{t("about.server")}</h2>
          <dl>
            <dt>{t("about.address")}</dt>
            <dd>{server.address}</dd>
            <dt>{t("about.version")}</dt>
            <dd>{server.version}</dd>
          </dl>
          {server.docs && (
            <p>
              <a href="/doc">{t("about.docs")}</a>
            </p>
          )}
        </section>
        {server.clients.map((client) => (
          <Program key={client.client_name} client={client} />
        ))}
        <section class="card" aria-labelledby="licence">
          <h2 id="licence">{t("about.licence")}</h2>
          <p>{t("about.licenceText")}</p>
          <p>
            <a href="https://www.apache.org/licenses/LICENSE-2.0" rel="noreferrer">
              {t("about.licenceLink")}
            </a>
          </p>
        </section>
      </main>
    </div>
  );
}

function Program({ client }: { client: Client }) {
  const downloads = (
    [
      ["windows", client.client_windows_download_url],
      ["mac", client.client_mac_download_url],
      ["linux", client.client_linux_download_url],
    ] as const
  ).filter(([, address]) => isWeb(address));
  return (
    <section class="card" aria-label={client.client_name}>
      <h2>{client.client_name}</h2>
      <p>
        {client.client_description && `${client.client_description}. `}
        {t("about.programVersion", { version: client.client_version })}
      </p>
      {downloads.length === 0 ? (
        <p>{t("about.noDownload")}</p>
      ) : (
        <p class="downloads">
          {downloads.map(([system, address]) => (
            <a key={system} class="button" href={address} rel="noreferrer">
              {t(`about.${system}`)}
            </a>
          ))}
        </p>
      )}
      {isWeb(client.client_documentation_url) && (
        <p>
          <a href={client.client_documentation_url} rel="noreferrer">
            {t("about.manual")}
          </a>
        </p>
      )}
    </section>
  );
}

/** isWeb keeps other kinds of addresses, such as scripts, out of links. */
function isWeb(address: string): boolean {
  return /^https?:\/\//.test(address);
}
