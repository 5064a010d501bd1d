/** Fields of forms: a label, the control, a hint or what is wrong with it. */

import { useId, type ReactNode } from "react";
import "./field.css";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the value. */
  error?: string | undefined;
  isLabelHidden?: boolean;
}

interface TextProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "password" | "number" | "search" | "date" | "datetime-local";
  placeholder?: string;
  isMono?: boolean;
  isRequired?: boolean;
  autoComplete?: string;
  /** What the browser offers to choose from. */
  offers?: readonly string[];
  /** More than one line. */
  lines?: number;
  hasFocus?: boolean;
  /** Called when the field is left, or Enter is pressed in a field of one line. */
  onLeave?: () => void;
}

function Around(props: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={props.id} className={props.isLabelHidden ? "visually-hidden" : "field-label"}>
        {props.label}
      </label>
      {props.children}
      {props.hint !== undefined && (
        <p id={`${props.id}-hint`} className="field-hint">
          {props.hint}
        </p>
      )}
      {props.error !== undefined && (
        <p id={`${props.id}-error`} className="field-error">
          {props.error}
        </p>
      )}
    </div>
  );
}

function described(id: string, props: FieldProps): string | undefined {
  const ids = [props.hint !== undefined && `${id}-hint`, props.error !== undefined && `${id}-error`].filter(Boolean);
  return ids.length > 0 ? ids.join(" ") : undefined;
}

/** A line of text, or several. */
export function TextField(props: TextProps) {
  const id = useId();
  const shared = {
    id,
    value: props.value,
    placeholder: props.placeholder,
    required: props.isRequired,
    className: props.isMono ? "input mono" : "input",
    "aria-invalid": props.error !== undefined || undefined,
    "aria-describedby": described(id, props),
  };
  return (
    <Around {...props} id={id}>
      {props.lines === undefined ? (
        <input
          {...shared}
          type={props.type ?? "text"}
          list={props.offers === undefined ? undefined : `${id}-offers`}
          autoComplete={props.autoComplete ?? "off"}
          spellCheck={false}
          data-focus={props.hasFocus || undefined}
          onBlur={props.onLeave}
          onKeyDown={(event) => {
            if (event.key === "Enter") props.onLeave?.();
          }}
          onChange={(event) => props.onChange(event.target.value)}
        />
      ) : (
        <textarea {...shared} rows={props.lines} spellCheck={false} onChange={(event) => props.onChange(event.target.value)} />
      )}
      {props.offers !== undefined && (
        <datalist id={`${id}-offers`}>
          {props.offers.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </Around>
  );
}

export interface Choice {
  value: string;
  title: string;
}

/** One of a few. */
export function SelectField(props: FieldProps & { value: string; onChange: (value: string) => void; choices: readonly Choice[] }) {
  const id = useId();
  return (
    <Around {...props} id={id}>
      <select
        id={id}
        className="input"
        value={props.value}
        aria-describedby={described(id, props)}
        onChange={(event) => props.onChange(event.target.value)}
      >
        {props.choices.map((each) => (
          <option key={each.value} value={each.value}>
            {each.title}
          </option>
        ))}
      </select>
    </Around>
  );
}

/** Yes or no. */
export function CheckField({ label, hint, value, onChange }: FieldProps & { value: boolean; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-check">
        <input type="checkbox" checked={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.target.checked)} />
        {label}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}
