import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { Brand } from "../../rehab/views/brand.tsx";
import { LanguageSwitch } from "../../rehab/views/language-switch.tsx";
import { call } from "../../rehab/opentera/call.ts";
import { Notice } from "../../ui/notice.tsx";
import { matching, type OpenAPI, operations } from "../openapi.ts";
import type { Who } from "../send.ts";
import { t } from "../text.ts";
import { OperationCard } from "./operation-card.tsx";

const file = "/api/openapi.json";

/** DocPage lists the operations of the API, and sends requests. */
export function DocPage({ enabled }: { enabled: boolean }) {
  return (
    <div class="doc">
      <header class="doc-head">
        <Brand />
        <LanguageSwitch />
      </header>
      <main>
        <h1>{t("doc.heading")}</h1>
        {enabled ? <Loaded /> : <Notice kind="info">{t("doc.disabled")}</Notice>}
      </main>
    </div>
  );
}

function Loaded() {
  const doc = useSignal<OpenAPI | "failed" | undefined>(undefined);
  useEffect(() => {
    call<OpenAPI>(file).then((d) => (doc.value = d), () => (doc.value = "failed"));
  }, []);
  if (doc.value === undefined) return <p role="status">{t("doc.loading")}</p>;
  if (doc.value === "failed") {
    return (
      <Notice kind="stop" alert>
        {t("doc.failed")}
      </Notice>
    );
  }
  return <Reference doc={doc.value} />;
}

function Reference({ doc }: { doc: OpenAPI }) {
  const search = useSignal("");
  const who = useSignal<Who>({ by: "nobody" });
  const id = useId();
  const found = matching(operations(doc), search.value);
  return (
    <>
      <div class="card doc-tools">
        <div class="doc-row">
          <div class="field">
            <label for={id}>{t("doc.search")}</label>
            <input id={id} class="input" type="search" value={search} onInput={(e) => (search.value = e.currentTarget.value)} />
          </div>
          <a class="button" href={file}>
            {t("doc.file")}
          </a>
        </div>
        <Identity who={who.value} onChange={(w) => (who.value = w)} />
      </div>
      <p role="status">{found.length === 0 ? t("doc.none") : t("doc.count", { count: found.length })}</p>
      {doc.tags.map((tag) => {
        const group = found.filter((o) => o.tags.includes(tag.name));
        return (
          group.length > 0 && (
            <section key={tag.name} class="doc-group" aria-labelledby={`${id}-${tag.name}`}>
              <h2 id={`${id}-${tag.name}`}>/api/{tag.name}</h2>
              {group.map((o) => (
                <OperationCard key={o.operationId} doc={doc} operation={o} who={who.value} />
              ))}
            </section>
          )
        );
      })}
    </>
  );
}

function Identity({ who, onChange }: { who: Who; onChange: (who: Who) => void }) {
  const id = useId();
  const choose = (by: string): void =>
    onChange(by === "basic" ? { by, username: "", password: "" } : by === "token" ? { by, token: "" } : { by: "nobody" });
  return (
    <div class="doc-row">
      <div class="field">
        <label for={`${id}w`}>{t("doc.identity")}</label>
        <select id={`${id}w`} class="select" value={who.by} onChange={(e) => choose(e.currentTarget.value)} aria-describedby={`${id}h`}>
          {(["nobody", "basic", "token"] as const).map((by) => (
            <option key={by} value={by}>
              {t(`doc.by.${by}`)}
            </option>
          ))}
        </select>
        <p class="hint" id={`${id}h`}>
          {t("doc.identityHint")}
        </p>
      </div>
      {who.by === "basic" && (
        <>
          <div class="field">
            <label for={`${id}u`}>{t("doc.username")}</label>
            <input id={`${id}u`} class="input" autocomplete="off" autocapitalize="none" spellcheck={false} value={who.username} onInput={(e) => onChange({ ...who, username: e.currentTarget.value })} />
          </div>
          <div class="field">
            <label for={`${id}p`}>{t("doc.password")}</label>
            <input id={`${id}p`} class="input" type="password" autocomplete="off" value={who.password} onInput={(e) => onChange({ ...who, password: e.currentTarget.value })} />
          </div>
        </>
      )}
      {who.by === "token" && (
        <div class="field">
          <label for={`${id}t`}>{t("doc.token")}</label>
          <input id={`${id}t`} class="input" autocomplete="off" spellcheck={false} value={who.token} onInput={(e) => onChange({ ...who, token: e.currentTarget.value.trim() })} />
        </div>
      )}
    </div>
  );
}
