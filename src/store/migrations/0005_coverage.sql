-- Coverage reports as they came in, until a job has found out which files their paths mean.
create table coverage_uploads (
    id {id},
    repository text not null,
    commit_sha text not null,
    body {blob} not null,
    received_at bigint not null
);
create index coverage_uploads_of_commit on coverage_uploads (repository, commit_sha);

-- How much of each file the tests of one commit ran. `repository` is the key of its facts and models.
create table coverage_snapshots (
    repository text not null,
    commit_sha text not null,
    at bigint not null,
    files {blob} not null,
    primary key (repository, commit_sha)
);
