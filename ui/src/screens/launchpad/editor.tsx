/**
 * The editor of YAML. It lives in a shadow tree: there its styles are constructed sheets, which the page's content
 * policy allows, where it forbids style elements. Loaded when first shown.
 */

import { autocompletion, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { fieldsOf, bare, typeAt, type ConfigType } from "./schema.ts";
import { placeIn } from "./yaml.ts";

export interface EditorMistake {
  line: number | null;
  message: string;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  schema: ConfigType;
  mistakes: readonly EditorMistake[];
  label: string;
  /** Id of what says how to leave it. */
  describedBy: string;
  /** Whether it takes the focus when it is there. */
  hasFocus: boolean;
}

const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--text)", backgroundColor: "var(--ground)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--ground-raised)", color: "var(--text-soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--ground-sunk) 50%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-ground) !important" },
  ".cm-tooltip": { backgroundColor: "var(--ground-raised)", color: "var(--text)", border: "1px solid var(--line-strong)" },
  ".cm-tooltip-autocomplete ul li": { minHeight: "24px", lineHeight: "24px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-ground)", color: "var(--text)" },
  ".cm-completionDetail": { color: "var(--text-soft)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--failed)", color: "var(--text)", whiteSpace: "pre-wrap" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--failed)" },
  ".cm-lint-marker": { width: "10px", height: "10px", content: "none" },
  ".cm-lint-marker-error": { borderRadius: "5px", backgroundColor: "var(--failed)" },
});
const COLOURS = HighlightStyle.define(
  defaultHighlightStyle.specs.map((each) => ({ ...each, color: each.color === undefined ? undefined : "var(--accent)" })),
);

export default function Editor({ value, onChange, schema, mistakes, label, describedBy, hasFocus }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, schema });
  useEffect(() => {
    latest.current = { onChange, schema };
  });

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const help = document.createElement("p");
    help.id = "help";
    help.hidden = true;
    help.textContent = document.getElementById(describedBy)?.textContent ?? "";
    const made = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          indentUnit.of("  "),
          yaml(),
          syntaxHighlighting(COLOURS),
          lintGutter(),
          autocompletion({ override: [(context) => complete(context, latest.current.schema)], icons: false }),
          keymap.of([{ key: "Escape", run: leave }, ...completionKeymap, indentWithTab, ...historyKeymap, ...defaultKeymap]),
          EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "help" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          THEME,
        ],
      }),
    });
    root.append(help);
    // Keys that are typed here are no shortcuts of the page, which sees only the host.
    const keep = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    };
    element.addEventListener("keydown", keep);
    view.current = made;
    if (hasFocus) made.focus();
    return () => {
      element.removeEventListener("keydown", keep);
      made.destroy();
      help.remove();
      view.current = null;
    };
    // The editor is made once; what changes later is told to it below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const { doc } = editor.state;
    const found: Diagnostic[] = mistakes.map((each) => {
      const line = doc.line(Math.max(1, Math.min(doc.lines, each.line ?? 1)));
      const start = line.from + (/^\s*/.exec(line.text)?.[0].length ?? 0);
      return { from: Math.min(start, line.to), to: line.to, severity: "error", message: each.message };
    });
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [mistakes]);

  return <div ref={host} className="launch-editor" data-editor="" />;
}

let isLeaving = false;

/** After Esc, Tab leaves the editor instead of indenting. */
function leave(editor: EditorView): boolean {
  if (isLeaving) return false;
  isLeaving = true;
  editor.setTabFocusMode(2_000);
  window.setTimeout(() => {
    isLeaving = false;
  }, 2_000);
  return false;
}

function complete(context: CompletionContext, schema: ConfigType): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const lines = context.state.doc.toString().split("\n");
  const place = placeIn(lines, line.number - 1, context.pos - line.from);
  if (!context.explicit && place.word === "" && place.key === null) return null;
  const from = context.pos - place.word.length;
  if (place.key !== null) {
    const type = typeAt(schema, [...place.path, place.key]);
    const kind = type === undefined ? undefined : bare(type);
    const values = kind?.kind === "choice" ? (kind.values ?? []) : kind?.type === "bool" ? [true, false] : [];
    return values.length === 0 ? null : { from, options: values.map((each) => ({ label: String(each) })), filter: true };
  }
  const type = typeAt(schema, place.path);
  if (type === undefined) return null;
  const options = fieldsOf(type)
    .filter((field) => !place.siblings.includes(field.name))
    .map((field) => {
      const isNested = ["shape", "selector", "map"].includes(bare(field.type).kind);
      const indent = " ".repeat(context.pos - line.from - place.word.length + 2);
      return {
        label: field.name,
        detail: `${field.type.label}${field.required ? ", required" : ""}`,
        info: field.description ?? undefined,
        apply: isNested ? `${field.name}:\n${indent}` : `${field.name}: `,
        boost: field.required ? 1 : 0,
      };
    });
  return { from, options };
}
