import type { IconNode } from "lucide";
import { Check } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** One line of a menu; "-" is a rule between groups. */
export type MenuEntry =
  | "-"
  | {
      label: string;
      icon?: IconNode;
      /** Keyboard shortcut, shown at the end of the line. */
      hint?: string;
      /** Given for choices: a tick shows the current one. */
      checked?: boolean;
      danger?: boolean;
      onSelect: () => void;
    };

interface MenuProps {
  /** What the button holds. */
  children: ComponentChildren;
  /** The button's accessible name when its words are not enough ("More about M. Tremblay"). */
  label?: string;
  entries: MenuEntry[];
  class?: string;
  up?: boolean;
  align?: "left" | "right" | "centre";
  onOpen?: (open: boolean) => void;
}

/** Menu is a button that opens a list of actions, used with arrow keys, Home, End, Escape (ARIA menu button pattern). */
export function Menu({ children, label, entries, class: extra, up, align = "right", onOpen }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    onOpen?.(open);
    if (!open) return;
    items(root.current)[0]?.focus();
    const outside = (e: Event): void => {
      if (e.target instanceof Node && !root.current?.contains(e.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const onKey = (e: KeyboardEvent): void => {
    if (!open) return;
    const list = items(root.current);
    const at = list.findIndex((item) => item === document.activeElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      list[(step + list.length) % list.length]?.focus();
    } else if (e.key === "Escape") {
      e.preventDefault();
      close();
    } else if (e.key === "Tab") {
      setOpen(false);
    }
    e.stopPropagation(); // keys of an open menu are not shortcuts of the page
  };

  return (
    <div class="menu" ref={root} onKeyDown={onKey}>
      <button
        type="button"
        ref={button}
        class={extra ?? "button quiet"}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <div class={`menu-list ${up ? "up" : "down"} ${align}`} role="menu" id={id}>
          {entries.map((entry, i) =>
            entry === "-" ? (
              <hr key={i} />
            ) : (
              <button
                key={i}
                type="button"
                role={entry.checked === undefined ? "menuitem" : "menuitemradio"}
                aria-checked={entry.checked}
                class={entry.danger ? "menu-item stop" : "menu-item"}
                onClick={() => {
                  close();
                  entry.onSelect();
                }}
              >
                {entry.icon && <Icon of={entry.icon} />}
                <span>{entry.label}</span>
                {entry.checked && <Icon of={Check} class="key" />}
                {entry.hint && <span class="key">{entry.hint}</span>}
              </button>
            ),
          )}
        </div>
      )}
    </div>
  );
}

function items(root: HTMLElement | null): HTMLButtonElement[] {
  return [...(root?.querySelectorAll<HTMLButtonElement>('[role^="menuitem"]') ?? [])];
}
