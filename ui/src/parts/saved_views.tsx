/** Views of a list by a name: its filter, order and columns, which stand in the address; one's own and everybody's. */

import { useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useAction, useAnswer } from "../api/hooks.ts";
import type { Schemas } from "../api/types.ts";
import { useActions } from "../state/actions.ts";
import { useWhyNot } from "../state/caller.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { CheckField, TextField } from "./field.tsx";
import { hiddenText, HIDDEN_PARAM } from "./hidden.ts";
import { Menu, type MenuItem } from "./menu.tsx";
import { cut } from "./name.tsx";
import { Failure, Skeleton } from "./panel.tsx";
import { toast } from "./toast.tsx";
import "./saved_views.css";

type View = Schemas["ViewRow"];

interface Props {
  /** The list they are of. */
  screen: string;
  /** The parameters of the address that make a view. */
  params: readonly string[];
  /** The name under which the list remembers its columns. */
  list: string;
}

const TOPICS = ["views"];
const NAME_MAX = 200;
const SHOWN_MAX = 36;

/** A menu of this list's views; they are asked for when it is first opened. */
export function SavedViews({ screen, params, list }: Props) {
  const [path, go] = useLocation();
  const [search] = useSearchParams();
  const [isWanted, setWanted] = useState(false);
  const [asked, setAsked] = useState<"save" | "manage" | null>(null);
  const answer = useAnswer("/api/views", { query: { screen } }, { isOff: !isWanted, topics: TOPICS });
  const views = answer.data?.items ?? [];
  const current = viewText(search, params, null);
  const ask = (what: "save" | "manage") => {
    setWanted(true);
    setAsked(what);
  };
  useActions([{ title: "save this view of the list", act: () => ask("save") }]);
  const items: MenuItem[] = [
    // The first, as it has the focus when the menu opens: what is loaded then comes behind it.
    { title: "Save this view…", onPick: () => ask("save") },
    ...(answer.data === undefined ? [{ title: answer.error?.detail ?? "Loading…", why: answer.error?.detail ?? "The views are being loaded.", onPick: () => undefined }] : []),
    ...views.map((view) => ({
      title: titleOf(view),
      isOn: sameView(view.query, current, params),
      onPick: () => go(view.query === "" ? path : `${path}?${view.query}`),
    })),
    ...(views.length > 0 ? [{ title: "Delete a view…", onPick: () => ask("manage") }] : []),
  ];
  return (
    <div className="saved-views">
      <Menu label="Views" items={items} onOpen={() => setWanted(true)} />
      {asked === "save" && <Save screen={screen} query={viewText(search, params, hiddenText(list))} views={views} isLoading={answer.isFetching} onClose={() => setAsked(null)} />}
      {asked === "manage" && <Manage views={views} isLoading={answer.data === undefined} onClose={() => setAsked(null)} />}
    </div>
  );
}

/** What an address says of a view, in the order of the parameters. */
function viewText(search: URLSearchParams, params: readonly string[], hidden: string | null): string {
  const text = new URLSearchParams();
  for (const name of params) {
    const value = search.get(name);
    if (value !== null && value !== "") text.set(name, value);
  }
  if (hidden !== null) text.set(HIDDEN_PARAM, hidden);
  return text.toString();
}

/** Whether a stored view is the one on screen; columns are taste, and do not make it another one. */
function sameView(query: string, current: string, params: readonly string[]): boolean {
  return viewText(new URLSearchParams(query), params, null) === current;
}

function titleOf(view: View): string {
  const name = cut(view.name, SHOWN_MAX);
  return view.is_shared ? `${name} (everybody’s)` : name;
}

interface SaveProps {
  screen: string;
  query: string;
  views: readonly View[];
  /** Whether it is not known yet which there are: an answer on its way would not have the new one. */
  isLoading: boolean;
  onClose: () => void;
}

function Save({ screen, query, views, isLoading, onClose }: SaveProps) {
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const whyNotShared = useWhyNot("operator");
  const wanted = name.trim();
  const save = useAction("put", "/api/views", {
    topics: TOPICS,
    failed: () => undefined,
    done: (view) => {
      toast(`Saved as ${titleOf(view)}.`);
      onClose();
    },
  });
  const why = wanted === "" ? "Give it a name." : wanted.length > NAME_MAX ? `At most ${NAME_MAX} characters.` : isLoading ? "The views are being loaded." : undefined;
  const replaced = views.find((each) => each.name === wanted && each.is_shared === isShared);
  const store = () => {
    if (why === undefined && !save.isPending) save.mutate({ body: { screen, name: wanted, query, is_shared: isShared } });
  };
  return (
    <Dialog
      title="Save this view"
      onClose={onClose}
      actions={
        <Button kind="primary" why={why} isBusy={save.isPending} onPress={store}>
          {replaced === undefined ? "Save" : "Replace"}
        </Button>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          store();
        }}
      >
        <TextField label="Name" value={name} onChange={setName} hint={replaced === undefined ? undefined : "There is a view of this name; it is replaced."} />
        {whyNotShared === undefined ? (
          <CheckField label="For everybody" value={isShared} onChange={setShared} />
        ) : (
          <p className="soft">It is for you alone. To save one for everybody: {whyNotShared}</p>
        )}
      </form>
      <p className="saved-views-query">
        <code>{query === "" ? "the list without a filter" : decoded(query)}</code>
      </p>
      {save.error !== null && <Failure problem={save.error} />}
    </Dialog>
  );
}

/** For people: the words of the filter rather than their escapes. */
function decoded(query: string): string {
  return [...new URLSearchParams(query)].map(([name, value]) => `${name} = ${value}`).join(", ");
}

function Manage({ views, isLoading, onClose }: { views: readonly View[]; isLoading: boolean; onClose: () => void }) {
  const whyNotShared = useWhyNot("operator");
  const again = useAction("put", "/api/views", { topics: TOPICS });
  const remove = useAction("delete", "/api/views/{view_id}", {
    topics: TOPICS,
    done: ({ screen, name, query, is_shared }) =>
      toast(`Deleted the view ${name}.`, { undo: () => again.mutate({ body: { screen, name, query, is_shared } }) }),
  });
  return (
    <Dialog title="Delete a view" onClose={onClose} actions={<Button onPress={onClose}>Close</Button>}>
      {isLoading && <Skeleton rows={3} />}
      {views.length === 0 && !isLoading && <p className="soft">There are no views of this list any more.</p>}
      <ul className="saved-views-list">
        {views.map((view) => (
          <li key={view.id}>
            <span>
              <bdi>{view.name}</bdi> <span className="soft">{view.is_shared ? "everybody’s" : "yours"}</span>
            </span>
            <Button
              isSmall
              label={`Delete the view ${titleOf(view)}`}
              why={view.is_shared ? whyNotShared : undefined}
              isBusy={remove.isPending}
              onPress={() => remove.mutate({ path: { view_id: view.id } })}
            >
              Delete
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
