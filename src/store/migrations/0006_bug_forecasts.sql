-- Every bug forecast that was made, by the commit it was made from, and how each of its horizons turned out.
create table bug_forecasts (
    repository_id bigint not null references repositories (id) on delete cascade,
    commit_sha text not null,
    as_of bigint not null,
    document text not null,
    made_at bigint not null,
    primary key (repository_id, commit_sha)
);
create index bug_forecasts_by_time on bug_forecasts (repository_id, as_of);

create table bug_forecast_grades (
    repository_id bigint not null,
    commit_sha text not null,
    horizon_days bigint not null,
    document text not null,
    graded_at bigint not null,
    primary key (repository_id, commit_sha, horizon_days),
    foreign key (repository_id, commit_sha) references bug_forecasts (repository_id, commit_sha) on delete cascade
);
