/** Buttons and links that look like them. One that cannot be pressed says why. */

import type { MouseEvent, ReactNode } from "react";
import { Link } from "wouter";
import "./button.css";

interface Looks {
  /** primary: the one thing to do here; danger: destroys. */
  kind?: "primary" | "plain" | "danger" | "quiet";
  children: ReactNode;
  /** Said to screen readers where the text is a sign. */
  label?: string;
  isSmall?: boolean;
}

interface ButtonProps extends Looks {
  onPress: (event: MouseEvent<HTMLButtonElement>) => void;
  /** Why it cannot be pressed now; undefined: it can. */
  why?: string | undefined;
  isBusy?: boolean;
  /** Key of the shortcut that does the same, shown in the tip. */
  shortcut?: string;
  isPressed?: boolean;
  /** Of one that opens or folds something: whether that is open. */
  isExpanded?: boolean;
}

export function Button(props: ButtonProps) {
  const { kind = "plain", why, isBusy, label, shortcut } = props;
  const isOff = why !== undefined || isBusy === true;
  const tip = why ?? (shortcut ? `${label ?? ""} (${shortcut})`.trim() : label);
  return (
    <button
      type="button"
      className={`button button-${kind}${props.isSmall ? " button-small" : ""}`}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      aria-label={label}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      aria-keyshortcuts={shortcut}
      data-tip={tip}
      onClick={(event) => {
        if (!isOff) props.onPress(event);
      }}
    >
      {props.children}
    </button>
  );
}

/** A link with the looks of a button. */
export function ButtonLink({ kind = "plain", children, label, isSmall, to }: Looks & { to: string }) {
  return (
    <Link href={to} className={`button button-${kind}${isSmall ? " button-small" : ""}`} aria-label={label}>
      {children}
    </Link>
  );
}
