"""A repository as an object of the user's own class."""

from watchbell import RepositoryData, ScheduleDefinition, asset, job, op, repository


@op
def nothing() -> None: ...


@job
def plain() -> None:
    nothing()


@asset
def orders() -> int:
    return 12


def test_its_methods_give_the_definitions() -> None:
    class Mine(RepositoryData):
        def get_all_jobs(self) -> list[object]:
            return [plain]

        def get_all_schedules(self) -> list[object]:
            return [ScheduleDefinition("daily", cron_schedule="@daily", job=plain)]

        def get_assets_defs_by_key(self) -> dict[object, object]:
            return {orders.key: orders, "again": orders}

    @repository
    def mine() -> RepositoryData:
        return Mine()

    assert set(mine.job_names) == {"__ASSET_JOB", "plain"}
    assert [each.name for each in mine.schedule_defs] == ["daily"]
    assert list(mine.assets_defs_by_key) == [orders.key]


def test_nothing_is_there_unless_it_is_given() -> None:
    assert RepositoryData().all_definitions() == []
