import { X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n/common.ts";
import { Button } from "./button.tsx";

interface DialogProps {
  title: string;
  /** Called once when the person closes it (button, Escape); the owner then stops rendering it. */
  onClose: () => void;
  wide?: boolean;
  /** False for a question that has to be answered with its own buttons: no close button in the corner. */
  closable?: boolean;
  children: ComponentChildren;
}

/**
 * Dialog is modal while it is rendered; the browser keeps the focus in it and gives it back afterwards.
 * Put the buttons into a div of class "dialog-actions" at the end.
 */
export function Dialog({ title, onClose, wide, closable = true, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {closable && (
          <Button kind="quiet" icon={X} onClick={onClose}>
            {t("common.close")}
          </Button>
        )}
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  /** What the button does, in words ("Stop for all"). */
  action: string;
  danger?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Confirm asks once, before something that cannot be undone. */
export function Confirm({ title, text, action, danger, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose} closable={false}>
      <p>{text}</p>
      <div class="dialog-actions">
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Button
          kind={danger ? "stop" : "primary"}
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
