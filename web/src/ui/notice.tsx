import { CircleCheck, Info, TriangleAlert } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

interface NoticeProps {
  kind?: "info" | "warn" | "stop" | "go";
  /** True when it reports something that just went wrong: screen readers say it at once. */
  alert?: boolean;
  children: ComponentChildren;
}

/** Notice is a coloured strip with an icon: what to do first, the cause second. */
export function Notice({ kind = "info", alert, children }: NoticeProps) {
  const icon = kind === "go" ? CircleCheck : kind === "info" ? Info : TriangleAlert;
  return (
    <div class={`notice ${kind}`} role={alert ? "alert" : undefined}>
      <Icon of={icon} />
      <div class="text">{children}</div>
    </div>
  );
}
