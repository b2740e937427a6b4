-- Feature rows of one repository, all made by one recipe. `repository` is the key of its facts and models.
create table feature_sets (
    id {id},
    repository text not null unique,
    catalogue_version bigint not null,
    -- Everything else that decides what a row holds: versions of the facts it is computed from, and options.
    made_from text not null,
    -- The commit up to which rows are there.
    tip text,
    -- Eight bytes for each commit of the history that was swept, in its order.
    steps {blob} not null,
    updated_at bigint not null
);

create table feature_rows (
    set_id bigint not null references feature_sets (id) on delete cascade,
    -- Place of the commit in the history that was swept.
    position bigint not null,
    path text not null,
    commit_sha text not null,
    at bigint not null,
    -- 32-bit floats, little-endian, in the order of the catalogue; unknown is not a number.
    vector {blob} not null,
    primary key (set_id, position, path)
);
-- The newest row of a file is one step in this index.
create index feature_rows_of_file on feature_rows (set_id, path, position);
