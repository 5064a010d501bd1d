/** Keys of dynamic partitions: which there are, adding some, deleting one. */

import { useState } from "react";
import { useAction, usePages } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Failure, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { useWhyNot } from "../../state/caller.ts";
import { count, counted } from "../../text/number.ts";

const SHOWN = 100;

/** The button that opens them. That they are open stands in the address: the first key changes what is around them. */
export function DynamicKeysButton({ name, assetKey }: { name: string; assetKey: string }) {
  const [shown, setShown] = useParam("keys", "", true);
  return (
    <>
      <Button isSmall onPress={() => setShown("open")}>
        Add or delete keys…
      </Button>
      {shown === "open" && <DynamicKeys name={name} assetKey={assetKey} onClose={() => setShown("")} />}
    </>
  );
}

function DynamicKeys({ name, assetKey, onClose }: { name: string; assetKey: string; onClose: () => void }) {
  const [text, setText] = useState("");
  const why = useWhyNot("operator");
  const topics = ["partitions", "assets", `asset:${assetKey}`];
  const pages = usePages("/api/dynamic-partitions/keys", { query: { name, limit: SHOWN } }, { topics: ["partitions"] });
  const keys = [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
  const add = useAction("post", "/api/dynamic-partitions/add", {
    topics,
    failed: () => undefined,
    done: ({ changed, left }) => {
      setText("");
      toast(`Added ${counted(changed.length, "key")}${left.length > 0 ? `; ${count(left.length)} were there already` : ""}.`);
    },
  });
  // The message with its way back stands in the dialog: what lies outside of one cannot be pressed.
  const [gone, setGone] = useState<readonly string[]>([]);
  const again = useAction("post", "/api/dynamic-partitions/add", { topics, done: () => setGone([]) });
  const remove = useAction("post", "/api/dynamic-partitions/delete", {
    topics,
    done: ({ changed }) => {
      setGone(changed);
      if (changed.length === 0) toast("Nothing was deleted: the key was gone.");
    },
  });
  return (
    <Dialog
      title={`Keys of ${name}`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" why={why ?? (keys.length === 0 ? "Write a key." : undefined)} isBusy={add.isPending} onPress={() => add.mutate({ body: { name, keys } })}>
            {keys.length === 0 ? "Add" : `Add ${counted(keys.length, "key")}`}
          </Button>
        </>
      }
    >
      <TextField label="New keys" value={text} onChange={setText} lines={3} isMono hint="One a line. All assets that are divided by these partitions get them." />
      {add.error !== null && <Failure problem={add.error} />}
      <p className="asset-tools" role="status">
        {gone.length > 0 && (
          <>
            <span>
              Deleted <bdi className="mono">{gone.join(", ")}</bdi>.
            </span>
            <Button isSmall isBusy={again.isPending} onPress={() => again.mutate({ body: { name, keys: [...gone] } })}>
              Undo
            </Button>
          </>
        )}
      </p>
      <Panel title="Keys" answer={{ ...pages, data: pages.data && pages.rows }} rows={3}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="soft">There are none yet.</p>
          ) : (
            <>
              <p className="soft">What is remembered of assets for a key stays when the key is deleted.</p>
              <ul className="asset-keys" aria-label={`keys of ${name}`}>
                {rows.map((row) => (
                  <li key={row.place}>
                    <bdi className="mono">{row.key}</bdi>
                    <Button isSmall kind="quiet" why={why} isBusy={remove.isPending} label={`Delete the key ${row.key}`} onPress={() => remove.mutate({ body: { name, keys: [row.key] } })}>
                      Delete
                    </Button>
                  </li>
                ))}
              </ul>
              {pages.hasNextPage && (
                <Button isSmall isBusy={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
                  More of {count(pages.total?.count ?? rows.length)}
                </Button>
              )}
            </>
          )
        }
      </Panel>
    </Dialog>
  );
}
