/** Markdown of users as elements: headings, lists, links, code, tables, pictures that stand in the text. No HTML, no scripts, nothing from elsewhere. */

import { createContext, createElement, useContext, useMemo, type ReactNode } from "react";
import { readMarkdown, type Block, type Inline } from "../text/markdown.ts";
import "./markdown.css";

interface Props {
  text: string;
  /** The level of its highest heading on this page. */
  topLevel?: number;
}

export function Markdown({ text, topLevel = 3 }: Props) {
  const { blocks, pictures } = useMemo(() => readMarkdown(text), [text]);
  return (
    <Pictures value={pictures}>
      <div className="markdown" dir="auto">
        {blocks.map((block, place) => (
          <BlockOf key={place} block={block} topLevel={topLevel} />
        ))}
      </div>
    </Pictures>
  );
}

/** Where the pictures of the text are. */
const Pictures = createContext<readonly string[]>([]);

function Picture({ place, about }: { place: number; about: string }) {
  const source = useContext(Pictures)[place];
  return source === undefined ? about : <img src={source} alt={about || "picture"} />;
}

function BlockOf({ block, topLevel }: { block: Block; topLevel: number }): ReactNode {
  switch (block.kind) {
    case "heading":
      return createElement(`h${Math.min(6, topLevel - 1 + block.level)}`, null, <Inlines parts={block.parts} />);
    case "paragraph":
      return (
        <p>
          <Inlines parts={block.parts} />
        </p>
      );
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return (
        <blockquote>
          {block.blocks.map((each, place) => (
            <BlockOf key={place} block={each} topLevel={topLevel} />
          ))}
        </blockquote>
      );
    case "list":
      return createElement(
        block.isOrdered ? "ol" : "ul",
        null,
        block.items.map((item, place) => (
          <li key={place}>
            {item.map((each, inner) => (
              <BlockOf key={inner} block={each} topLevel={topLevel} />
            ))}
          </li>
        )),
      );
    case "table":
      return <TableOf head={block.head} rows={block.rows} />;
    case "rule":
      return <hr />;
  }
}

function TableOf({ head, rows }: { head: Inline[][]; rows: Inline[][][] }) {
  return (
    <div className="markdown-wide">
      <table>
        <thead>
          <tr>
            {head.map((cell, place) => (
              <th key={place} scope="col">
                <Inlines parts={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              {row.map((cell, inner) => (
                <td key={inner}>
                  <Inlines parts={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Inlines({ parts }: { parts: readonly Inline[] }): ReactNode {
  return parts.map((part, place) => <InlineOf key={place} part={part} />);
}

function InlineOf({ part }: { part: Inline }): ReactNode {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return (
        <strong>
          <Inlines parts={part.parts} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inlines parts={part.parts} />
        </em>
      );
    case "link":
      return (
        <a href={part.href} rel="noopener noreferrer nofollow" target="_blank">
          <Inlines parts={part.parts} />
        </a>
      );
    case "picture":
      return <Picture place={part.place} about={part.about} />;
    case "break":
      return <br />;
  }
}
