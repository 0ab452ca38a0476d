-- The directory: finds resources across compartments. What each column tells a thief of the disk: docs/spec/leakage.md.

drop table directory;

-- How many bits of a term's hash make a tag. One generation serves; `reindex` builds another beside it.
create table directory_generation (
  generation integer not null,
  bits smallint not null,
  serving boolean not null,
  changes bigint not null,
  time_zone text,
  touched_at timestamptz(3) not null,
  constraint directory_generation_pkey primary key (generation),
  constraint directory_generation_bits check (bits between 0 and 24)
);
insert into directory_generation (generation, bits, serving, changes, touched_at)
values (1, 10, true, 0, date_trunc('milliseconds', clock_timestamp()));

-- Truncated keyed tags, sealed pointers: one row for each term of each resource.
create table directory (
  generation integer not null,
  tag integer not null,
  entry uuid not null,
  sealed bytea not null,
  constraint directory_pkey primary key (generation, tag, entry)
);

-- What a write changes in the directory, in one sealed piece, until the rows of many writes are mixed.
create table directory_pending (
  id uuid not null,
  sealed bytea not null,
  constraint directory_pending_pkey primary key (id)
);

-- Ciphertext does not compress: do not try.
alter table directory_pending alter column sealed set storage external;
