/** Copying text. */

import { Button } from "./button.tsx";
import { toast } from "./toast.tsx";

/** Puts text on the clipboard, and says so. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied the ${what}.`);
  } catch {
    toast(`The browser does not allow copying here (no secure connection). The ${what}: ${text.slice(0, 200)}`, { kind: "failed" });
  }
}

/** A button that copies. */
export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <Button kind="quiet" isSmall label={`Copy the ${what}`} onPress={() => void copy(text, what)}>
      <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
        <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
        <path d="M10.5 3V2.5a1 1 0 0 0-1-1h-7a1 1 0 0 0-1 1v7a1 1 0 0 0 1 1H3" />
      </svg>
    </Button>
  );
}
