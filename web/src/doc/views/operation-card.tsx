import { useSignal } from "@preact/signals";
import { Send } from "lucide";
import { useId } from "preact/hooks";
import { Button } from "../../ui/button.tsx";
import { example, type OpenAPI, type Operation, type Parameter, typeName } from "../openapi.ts";
import { type Reply, send, type Who } from "../send.ts";
import { t } from "../text.ts";

interface Props {
  doc: OpenAPI;
  operation: Operation;
  who: Who;
}

/** OperationCard is one operation, folded until it is of interest. */
export function OperationCard({ doc, operation, who }: Props) {
  const open = useSignal(false);
  return (
    <details class="card operation" onToggle={(e) => (open.value = e.currentTarget.open)}>
      <summary>
        <span class={`method ${operation.method}`}>{operation.method}</span>
        <code>{operation.path}</code>
        <span class="what">{operation.summary}</span>
      </summary>
      {open.value && <Trial doc={doc} operation={operation} who={who} />}
    </details>
  );
}

type Scheme = "basicAuth" | "openteraToken" | "deviceCertificate" | "tokenArgument" | "session";

/** Trial has everything about the operation, and sends a request. */
function Trial({ doc, operation, who }: Props) {
  const values = useSignal<Record<string, string>>({});
  const body = useSignal(firstBody(doc, operation));
  const busy = useSignal(false);
  const wrong = useSignal(false);
  const reply = useSignal<Reply | undefined>(undefined);
  const id = useId();
  const submit = async (): Promise<void> => {
    wrong.value = operation.media === "application/json" && !isJSON(body.value);
    if (wrong.value || busy.value) return;
    busy.value = true;
    reply.value = await send(operation, values.value, body.value, who);
    busy.value = false;
  };
  const schemes = operation.security.flatMap((s) => Object.keys(s) as Scheme[]);
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <p>
        <strong>{t("doc.who")}:</strong> {schemes.length === 0 ? t("doc.anybody") : schemes.map((s) => t(`doc.schemes.${s}`)).join(", ")}
      </p>
      {operation.parameters && operation.parameters.length > 0 ? (
        <fieldset>
          <legend>{t("doc.parameters")}</legend>
          {operation.parameters.map((p) => (
            <Argument key={p.name} parameter={p} value={values.value[p.name] ?? ""} onInput={(v) => (values.value = { ...values.value, [p.name]: v })} />
          ))}
        </fieldset>
      ) : (
        !operation.media && <p>{t("doc.noParameters")}</p>
      )}
      {operation.media && (
        <div class="field">
          <label for={`${id}b`}>
            {t("doc.body")} ({operation.media})
          </label>
          <textarea id={`${id}b`} class="input" spellcheck={false} value={body} aria-invalid={wrong.value} aria-describedby={wrong.value ? `${id}e` : undefined} onInput={(e) => (body.value = e.currentTarget.value)} />
          {wrong.value && (
            <p id={`${id}e`} class="error" role="alert">
              {t("doc.bodyFormat")}
            </p>
          )}
        </div>
      )}
      <div>
        <p class="label">
          <strong>{t("doc.answers")}</strong>
        </p>
        <dl class="answers">
          {Object.entries(operation.responses).map(([status, r]) => (
            <>
              <dt>{status}</dt>
              <dd>{r.description}</dd>
            </>
          ))}
        </dl>
      </div>
      <div>
        <Button kind="primary" type="submit" icon={Send} aria-disabled={busy.value}>
          {busy.value ? t("doc.sending") : t("doc.send")}
        </Button>
      </div>
      {reply.value && (
        <div role="status">
          <p>
            <strong>
              {t("doc.answer")} {reply.value.status > 0 ? reply.value.status : ""}
            </strong>{" "}
            {reply.value.type}
          </p>
          <pre class="reply" tabIndex={0}>
            {reply.value.status > 0 ? reply.value.text : t("doc.unreachable")}
          </pre>
        </div>
      )}
    </form>
  );
}

function Argument({ parameter, value, onInput }: { parameter: Parameter; value: string; onInput: (value: string) => void }) {
  const id = useId();
  const { name, required, schema, description } = parameter;
  const type = typeName(schema);
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code> <span class="small">{required ? `${type}, ${t("doc.required")}` : type}</span>
      </label>
      {schema.type === "boolean" ? (
        <select id={id} class="select" value={value} aria-describedby={`${id}d`} onChange={(e) => onInput(e.currentTarget.value)}>
          <option value="">–</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : (
        <input id={id} class="input" value={value} inputMode={schema.type === "integer" ? "numeric" : "text"} autocomplete="off" spellcheck={false} aria-required={required} aria-describedby={`${id}d`} onInput={(e) => onInput(e.currentTarget.value)} />
      )}
      <p class="hint" id={`${id}d`}>
        {description}
      </p>
    </div>
  );
}

function firstBody(doc: OpenAPI, operation: Operation): string {
  if (operation.media !== "application/json") return "";
  return JSON.stringify(example(doc, operation.requestBody?.content["application/json"]?.schema), null, 2);
}

function isJSON(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
