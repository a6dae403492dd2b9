import { RotateCw } from "lucide";
import { Button } from "../../ui/button.tsx";
import type { Reach } from "../reach.ts";
import { t } from "../text.ts";
import { outcomeWords } from "../words.ts";

interface FindingsProps {
  reach: Reach;
  /** Whether the page's own websocket is open. */
  socket: boolean;
}

/** Findings says what to do when no way is open, folds away the ways one by one, and tests again. */
export function Findings({ reach, socket }: FindingsProps) {
  const finding = reach.finding.value;
  const running = reach.running.value;
  return (
    <>
      {finding?.best === "nothing" && (
        <ul class="reach-how">
          <li>{t("reach.how.network")}</li>
          <li>{t("reach.how.phone")}</li>
          <li>{t("reach.how.clinic")}</li>
        </ul>
      )}
      {finding && finding.tried.length > 0 && (
        <details class="reach-details">
          <summary>{t("reach.details")}</summary>
          <dl class="reach-ways">
            <div>
              <dt>{t("reach.socket.name")}</dt>
              <dd>{t(socket ? "reach.socket.open" : "reach.socket.closed")}</dd>
            </div>
            {finding.tried.map((one) => (
              <div key={one.way}>
                <dt>{t(`reach.way.${one.way}`)}</dt>
                <dd>{outcomeWords(one)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      {finding && (
        <Button class="reach-again" icon={RotateCw} onClick={() => reach.again()}>
          {t(running ? "reach.checking" : "reach.again")}
        </Button>
      )}
    </>
  );
}
