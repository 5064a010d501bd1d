/** Why an asset, one of its partitions, or one of its checks was or was not made by itself. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Name } from "../../parts/name.tsx";
import { useParam } from "../../parts/url.ts";
import { Why } from "../../parts/why/why.tsx";
import { assetAddress } from "../../text/asset.ts";

export function WhyTab({ asset }: { asset: Schemas["AssetDetail"] }) {
  const [check] = useParam("of_check");
  if (check === "") return <Why about={{ kind: "asset", name: asset.key, hasPartitions: asset.has_partitions }} />;
  return (
    <>
      <p>
        Of its check <Name text={check} />. <Link href={assetAddress(asset.key, "why")}>Why of the asset itself</Link>
      </p>
      <Why about={{ kind: "check", asset: asset.key, name: check }} />
    </>
  );
}
