-- Numbers named `id` here are GitHub's own.
create table installations (
    id bigint not null primary key,
    account text not null,
    state text not null check (state in ('active', 'suspended', 'deleted')),
    updated_at bigint not null
);

create table repositories (
    id bigint not null primary key,
    installation_id bigint not null references installations (id) on delete cascade,
    full_name text not null,
    default_branch text not null,
    updated_at bigint not null
);
create index repositories_of_installation on repositories (installation_id, full_name);

-- Every check run we started, so that each one ends. `github_id` is unknown until GitHub answered.
create table check_runs (
    external_id text not null,
    repository_id bigint not null references repositories (id) on delete cascade,
    head_sha text not null,
    pull_number bigint,
    github_id bigint,
    state text not null check (state in ('started', 'completed')),
    started_at bigint not null,
    deadline_at bigint not null,
    completed_at bigint,
    primary key (repository_id, external_id)
);
create index check_runs_of_head on check_runs (repository_id, head_sha);
create index check_runs_open on check_runs (state, deadline_at);

-- What we said on a pull request: one row each, edited in place.
create table reviews (
    repository_id bigint not null references repositories (id) on delete cascade,
    pull_number bigint not null,
    head_sha text not null,
    verdict text not null,
    comment_id bigint,
    posted_at bigint not null,
    primary key (repository_id, pull_number)
);

-- Line notes posted per head, so that a repeated job does not post them twice.
create table review_posts (
    repository_id bigint not null references repositories (id) on delete cascade,
    pull_number bigint not null,
    head_sha text not null,
    review_id bigint not null,
    primary key (repository_id, pull_number, head_sha)
);

create table predictions (
    repository_id bigint not null references repositories (id) on delete cascade,
    head_sha text not null,
    document text not null,
    created_at bigint not null,
    primary key (repository_id, head_sha)
);
create index predictions_created on predictions (created_at);
