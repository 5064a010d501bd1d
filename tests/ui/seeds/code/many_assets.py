"""A thousand assets in twenty groups: layers of five, each made from some of the layer before."""

import dagster as dg

GROUPS, LAYERS, WIDTH = 20, 10, 5


def key(group: int, layer: int, number: int) -> dg.AssetKey:
    """`g03/l2_4`."""
    return dg.AssetKey([f"g{group:02}", f"l{layer}_{number}"])


def needs(group: int, layer: int, number: int) -> list[dg.AssetKey]:
    """Two or three of the layer before, and of another group now and then."""
    if layer == 0:
        return [key(group - 1, LAYERS - 1, number)] if group % 5 else []
    return [key(group, layer - 1, each % WIDTH) for each in range(number, number + 2 + (number == layer % WIDTH))]


@dg.multi_asset(
    name="everything",
    specs=[
        dg.AssetSpec(key(group, layer, number), group_name=f"g{group:02}", deps=needs(group, layer, number))
        for group in range(GROUPS)
        for layer in range(LAYERS)
        for number in range(WIDTH)
    ],
    can_subset=True,
)
def everything(context: dg.AssetExecutionContext):
    """Makes what was selected."""
    for each in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=each)


defs = dg.Definitions(assets=[everything], executor=dg.in_process_executor)
