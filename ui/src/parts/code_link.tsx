/** Where code stands, as a link to the person's editor where the settings name one; else as text. */

import type { Schemas } from "../api/types.ts";
import { useSettings } from "../state/settings.ts";
import { Copy } from "./copy.tsx";

/** A file and line of the user's code; null: none is known, so nothing is shown. */
export function CodeLink({ place }: { place: Schemas["CodePlace"] | null }) {
  if (place === null) return null;
  return (
    <>
      <CodeAddress file={place.file} line={place.line} shown={place.shown} /> <Copy text={`${place.file}:${place.line}`} what="place in the code" />
    </>
  );
}

/** The same without a button to copy it; `shown` is the path as it is written. */
export function CodeAddress({ file, line, shown = file }: { file: string; line: number; shown?: string }) {
  const { editor } = useSettings();
  const address = editorAddress(editor, file, line);
  const text = `${shown}:${line}`;
  const tip = shown === file ? undefined : `${file}:${line}`;
  return address === null ? (
    <code data-tip={tip}>{text}</code>
  ) : (
    <a href={address} data-tip={tip}>
      {text}
    </a>
  );
}

/** The address that opens a file in the person's editor; null: none is set, or it is no address of a program. */
export function editorAddress(template: string, file: string, line: number): string | null {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(template) || /^(javascript|data|vbscript|blob|file):/i.test(template)) return null;
  const path = file.split(/[\\/]/).map(encodeURIComponent).join("/");
  return template.replaceAll("{file}", path).replaceAll("{line}", String(line));
}
