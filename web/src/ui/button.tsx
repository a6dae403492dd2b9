import type { IconNode } from "lucide";
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

export type ButtonKind = "plain" | "primary" | "go" | "stop" | "stop-quiet" | "quiet";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "class"> {
  /** "go" starts or joins, "stop" leaves or stops; a page has one primary (or go) button. */
  kind?: ButtonKind;
  icon?: IconNode;
  large?: boolean;
  wide?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** Button is a button with words in it, and an icon beside them if given. */
export function Button({ kind = "plain", icon, large, wide, class: extra, children, ...rest }: ButtonProps) {
  const names = ["button", kind, large && "large", wide && "wide", extra].filter(Boolean).join(" ");
  return (
    <button type="button" {...rest} class={names}>
      {icon && <Icon of={icon} />}
      <span>{children}</span>
    </button>
  );
}
