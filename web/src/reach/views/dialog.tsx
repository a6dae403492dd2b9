import { useEffect, useMemo } from "preact/hooks";
import { Dialog } from "../../ui/dialog.tsx";
import { Notice } from "../../ui/notice.tsx";
import { exchange, Reach } from "../reach.ts";
import { t } from "../text.ts";
import { findingWords } from "../words.ts";
import { Findings } from "./findings.tsx";

interface ReachDialogProps {
  /** The user's at the time. */
  token: () => string;
  socket: boolean;
  onClose: () => void;
}

/** ReachDialog tests the connection as long as it is open. */
export function ReachDialog({ token, socket, onClose }: ReachDialogProps) {
  const reach = useMemo(() => new Reach(exchange(token)), []);
  useEffect(() => {
    reach.start();
    return () => reach.stop();
  }, []);
  const finding = reach.finding.value;
  return (
    <Dialog title={t("reach.title")} onClose={onClose}>
      <div class="reach-dialog">
        <div role="status">
          <Notice kind={!finding || finding.best === "unknown" ? "info" : finding.best === "nothing" ? "warn" : "go"}>{finding ? findingWords(finding) : t("reach.checking")}</Notice>
        </div>
        <Findings reach={reach} socket={socket} />
      </div>
    </Dialog>
  );
}
