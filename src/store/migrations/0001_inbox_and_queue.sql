-- What GitHub sent us, kept before it is answered. The body goes first, the identity later (retention.rs).
create table deliveries (
    id text not null primary key,
    event text not null,
    body {blob},
    received_at bigint not null,
    handled_at bigint
);
create index deliveries_handled on deliveries (handled_at);

-- What is to be done. A finished job is deleted; one that never succeeded stays as a dead letter.
create table jobs (
    id {id},
    lane text not null,
    kind text not null,
    group_name text not null,
    key text,
    payload text not null,
    delivery text,
    pull_number bigint,
    state text not null check (state in ('queued', 'running', 'dead')),
    -- Place in the fair order of its lane; see queue/enqueue.rs.
    turn bigint not null,
    run_at bigint not null,
    enqueued_at bigint not null,
    -- Later jobs of the same key that took this one's place.
    n_replaced bigint not null default 0,
    attempt bigint not null default 0,
    max_attempts bigint not null,
    -- Counts every claim; only the newest holder may finish the job.
    lease_number bigint not null default 0,
    worker text,
    lease_until bigint,
    error text,
    died_at bigint
);
-- At most one job of a key waits and at most one runs: kept by the database, whatever a worker does.
create unique index jobs_waiting_key on jobs (key) where state = 'queued';
create unique index jobs_running_key on jobs (key) where state = 'running';
create index jobs_in_turn on jobs (lane, state, turn, id);
create index jobs_of_group on jobs (group_name, lane, state, turn);
create index jobs_leases on jobs (lease_until) where state = 'running';

-- Small facts about ourselves, such as the newest delivery seen by the catch-up.
create table marks (
    name text not null primary key,
    value text not null,
    updated_at bigint not null
);
