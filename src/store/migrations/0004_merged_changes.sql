-- Pull requests that were merged, and how many people other than their author reviewed them. Nobody is named.
create table merged_changes (
    repository_id bigint not null references repositories (id) on delete cascade,
    pull_number bigint not null,
    merge_sha text not null,
    merged_at bigint not null,
    n_reviewers bigint not null,
    primary key (repository_id, pull_number)
);
