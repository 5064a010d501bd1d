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
      ⧉
    </Button>
  );
}
