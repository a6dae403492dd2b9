import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { t } from "../text.ts";
import type { Trouble } from "../trouble.ts";

interface TroubleNoticeProps {
  /** What did not happen, in words ("The session was not started."). */
  what: string;
  trouble: Trouble;
  onRetry?: () => void;
}

/** TroubleNotice tells, on the spot, what did not happen, what to do, and last and small what the server said. */
export function TroubleNotice({ what, trouble, onRetry }: TroubleNoticeProps) {
  return (
    <Notice kind="stop" alert>
      <p class="strong">{what}</p>
      <p>{t(`rehab.trouble.${trouble.word}`)}</p>
      {trouble.said && (
        <p class="small">
          {t("rehab.trouble.said")} <q lang="en">{trouble.said}</q>
        </p>
      )}
      {trouble.status >= 400 && <p class="small">{t("rehab.trouble.code", { code: String(trouble.status) })}</p>}
      {onRetry && (
        <div class="notice-actions">
          <Button onClick={onRetry}>{t("rehab.trouble.retry")}</Button>
        </div>
      )}
    </Notice>
  );
}
