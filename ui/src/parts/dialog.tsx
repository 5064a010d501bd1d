/** A dialog: takes the focus, holds it, gives it back; Esc closes. The browser's own element does that. */

import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button } from "./button.tsx";
import "./dialog.css";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the foot, the one that acts last. */
  actions?: ReactNode;
  isWide?: boolean;
}

/** Shown as long as it is rendered. */
export function Dialog({ title, onClose, children, actions, isWide = false }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    // Where one goes on to type, rather than at the button that closes.
    dialog?.querySelector<HTMLElement>(".dialog-body :is(input, select, textarea):not(:disabled)")?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={`dialog${isWide ? " dialog-wide" : ""}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault(); // the owner takes it away
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <Button kind="quiet" isSmall label="Close" onPress={onClose}>
          ×
        </Button>
      </header>
      <div className="dialog-body">{children}</div>
      {actions !== undefined && <footer className="dialog-foot">{actions}</footer>}
    </dialog>
  );
}
