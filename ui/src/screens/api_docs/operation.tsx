/** One operation of the API. */

import { useState, type ReactNode } from "react";
import { Copy } from "../../parts/copy.tsx";
import { curlOf, namesIn, typeText, type Operation, type Schema } from "./description.ts";

interface Props {
  operation: Operation;
  schemas: Record<string, Schema>;
}

export function OperationFacts({ operation, schemas }: Props) {
  const [isOpen, setOpen] = useState(location.hash === `#${operation.id}`);
  return (
    <details id={operation.id} className="api-operation" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code className="api-method" data-method={operation.method}>
          {operation.method}
        </code>
        <code className="api-path">{operation.path}</code>
        <span className="api-summary">{words(operation.summary)}</span>
      </summary>
      {isOpen && <Open operation={operation} schemas={schemas} />}
    </details>
  );
}

function Open({ operation, schemas }: Props) {
  const curl = curlOf(operation, location.origin, schemas);
  const shapes = [...new Set([...namesIn(operation.body), ...operation.answers.flatMap((each) => namesIn(each.schema))])];
  return (
    <div className="api-open">
      {operation.description !== operation.summary && <p className="api-text">{words(operation.description)}</p>}
      <p className="soft">
        Operation <a href={`#${operation.id}`}>{operation.id}</a>,{" "}
        {operation.role === null ? "for anybody, also without login" : `needs the role ${operation.role}`}
      </p>
      {operation.parameters.length > 0 && (
        <Table caption="Parameters">
          {operation.parameters.map((each) => (
            <tr key={`${each.in} ${each.name}`}>
              <th scope="row">
                <code>{each.name}</code>
                {each.required && <span className="soft"> needed</span>}
              </th>
              <td>{typeText(each.schema)}</td>
              <td>{words(each.description ?? (each.in === "path" ? "a part of the address" : ""))}</td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        {operation.body !== null && <>Takes {typeText(operation.body)}. </>}
        Answers {operation.answers.map((each) => `${each.status}: ${each.schema ? typeText(each.schema) : "nothing"}${each.type === "text/event-stream" ? ", as it comes" : ""}`).join("; ")}.
      </p>
      {shapes.map((name) => (
        <Shape key={name} name={name} schema={schemas[name]} />
      ))}
      <div className="api-curl">
        <pre role="region" aria-label={`curl for ${operation.id}`} tabIndex={0}>
          <code>{curl}</code>
        </pre>
        <Copy text={curl} what="command" />
      </div>
    </div>
  );
}

function Shape({ name, schema }: { name: string; schema: Schema | undefined }) {
  const parts = Object.entries(schema?.properties ?? {});
  if (parts.length === 0) return null;
  return (
    <Table caption={name}>
      {parts.map(([part, each]) => (
        <tr key={part}>
          <th scope="row">
            <code>{part}</code>
          </th>
          <td>{typeText(each)}</td>
          <td>{words(each.description ?? aboutIn(schema?.description, part))}</td>
        </tr>
      ))}
    </Table>
  );
}

function Table({ caption, children }: { caption: string; children: ReactNode }) {
  return (
    <div className="api-table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A text with what stands in backticks as code. */
function words(text: string): ReactNode {
  return text.split(/`{1,2}([^`]+)`{1,2}/).map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part));
}

/** What the description of a shape says of one of its parts: models list them as `name: what it is`. */
function aboutIn(description: string | undefined, part: string): string {
  const lines = (description ?? "").split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.startsWith(`${part}: `));
  if (at < 0) return "";
  const rest = [];
  for (const line of lines.slice(at + 1)) {
    if (line === "" || /^\w+: /.test(line)) break;
    rest.push(line);
  }
  return [(lines[at] ?? "").slice(part.length + 2), ...rest].join(" ");
}
