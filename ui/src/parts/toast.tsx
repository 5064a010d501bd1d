/** Short messages about what was just done, with a way to undo it; spoken by screen readers. */

import { useEffect, useSyncExternalStore } from "react";
import { Button } from "./button.tsx";
import "./toast.css";

interface Toast {
  id: number;
  text: string;
  kind: "done" | "failed";
  undo?: (() => void) | undefined;
}

const SHOWN_MS = 8_000;
const MOST = 4;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const each of listeners) each();
}

/** Shows a message. One with `undo` has a button for it; one that failed stays until it is closed. */
export function toast(text: string, options: { kind?: "done" | "failed"; undo?: () => void } = {}): void {
  last += 1;
  set([...toasts.slice(1 - MOST), { id: last, text, kind: options.kind ?? "done", undo: options.undo }]);
}

function close(id: number): void {
  set(toasts.filter((each) => each.id !== id));
}

function One({ toast: each }: { toast: Toast }) {
  const { id, kind } = each;
  useEffect(() => {
    if (kind === "failed") return undefined;
    const timer = window.setTimeout(() => close(id), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [id, kind]);
  return (
    <div className="toast" data-kind={kind}>
      <span className="toast-text">
        <span aria-hidden="true">{kind === "failed" ? "✕ " : "✓ "}</span>
        {each.text}
      </span>
      {each.undo && (
        <Button
          isSmall
          onPress={() => {
            each.undo?.();
            close(id);
          }}
        >
          Undo
        </Button>
      )}
      <Button kind="quiet" isSmall label="Close this message" onPress={() => close(id)}>
        ×
      </Button>
    </div>
  );
}

/** Stands once, beside the app. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((each) => (
        <One key={each.id} toast={each} />
      ))}
    </div>
  );
}
