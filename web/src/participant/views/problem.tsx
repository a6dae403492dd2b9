import { CircleCheck, Link2Off, LogIn, MonitorSmartphone } from "lucide";
import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { service } from "../../rehab/opentera/address.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { t } from "../text.ts";
import type { PageFacts } from "./app.tsx";
import { Head } from "./head.tsx";

function Card({ icon, title, children }: { icon: IconNode; title: string; children: ComponentChildren }) {
  return (
    <div class="wait plain">
      <Head />
      <main class="card problem">
        <Icon of={icon} class="problem-icon" />
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}

/** Problem tells somebody whose link does not open the waiting room what to do. */
export function Problem({ what, said }: { what: "incomplete" | "badLink" | "said"; said?: string }) {
  return (
    <Card icon={Link2Off} title={t(`participant.problem.${what}.title`)}>
      <p>{t(`participant.problem.${what}.text`)}</p>
      {said && <p class="small">{said}</p>}
    </Card>
  );
}

/** Elsewhere is what remains of a page whose place another one has taken. */
export function Elsewhere({ onUse }: { onUse: () => void }) {
  return (
    <Card icon={MonitorSmartphone} title={t("participant.elsewhere.title")}>
      <p>{t("participant.elsewhere.text")}</p>
      <Button kind="primary" large onClick={onUse}>
        {t("participant.elsewhere.use")}
      </Button>
    </Card>
  );
}

/** Goodbye is the page after logging out. */
export function Goodbye({ page }: { page: PageFacts }) {
  return (
    <Card icon={CircleCheck} title={t("participant.goodbye.title")}>
      <p>{t("participant.goodbye.text")}</p>
      {page.token && (
        <Button kind="primary" large icon={LogIn} onClick={() => location.assign(`${service("participant", location)}?token=${encodeURIComponent(page.token)}`)}>
          {t("participant.goodbye.again")}
        </Button>
      )}
    </Card>
  );
}
