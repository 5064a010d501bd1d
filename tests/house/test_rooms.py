"""How many rooms a tick walks through: what nobody enters costs nothing and hides nothing."""

from bench.rooms import FUNCTIONS_MAX, MODULES_MAX, act, entered, prepare


def test_a_warm_tick_that_makes_one_run_enters_few_rooms() -> None:
    scene = prepare()
    try:
        rooms = entered(lambda: act(scene))
        runs = len(scene.instance.get_runs())
    finally:
        scene.instance.close()
        scene.folder.cleanup()

    assert runs == 3, "the tick made no run"
    assert len({file for file, _ in rooms}) <= MODULES_MAX, "see python -m bench.rooms"
    assert len(rooms) <= FUNCTIONS_MAX, "see python -m bench.rooms"
