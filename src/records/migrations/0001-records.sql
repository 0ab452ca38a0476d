-- The FHIR store. What each column tells a thief of the disk: docs/spec/leakage.md.

-- Where a resource lives. `resource` is a keyed hash of (type, id): ids chosen by clients may be a CURP.
create table locator (
  resource uuid not null,
  compartment uuid not null,
  past uuid[],
  constraint locator_pkey primary key (resource),
  constraint locator_past_not_empty check (past is null or cardinality(past) > 0)
);

-- The current version of each resource.
create table resource (
  compartment uuid not null,
  resource uuid not null,
  updated_at timestamptz(3) not null,
  version integer not null,
  type smallint not null,
  generation smallint not null,
  deleted boolean not null,
  posted boolean not null,
  previous bytea,
  sealed bytea not null,
  capsule bytea,
  constraint resource_pkey primary key (compartment, resource),
  constraint resource_version_positive check (version >= 1),
  constraint resource_previous_of_later check ((version = 1) = (previous is null)),
  constraint resource_previous_is_sha256 check (previous is null or octet_length(previous) = 32)
);
create index resource_by_type on resource (type, updated_at, deleted);

-- The versions before it, moved here unchanged when they are superseded.
create table history (
  compartment uuid not null,
  resource uuid not null,
  updated_at timestamptz(3) not null,
  version integer not null,
  type smallint not null,
  generation smallint not null,
  deleted boolean not null,
  posted boolean not null,
  previous bytea,
  sealed bytea not null,
  capsule bytea,
  constraint history_pkey primary key (compartment, resource, version),
  constraint history_version_positive check (version >= 1),
  constraint history_previous_of_later check ((version = 1) = (previous is null)),
  constraint history_previous_is_sha256 check (previous is null or octet_length(previous) = 32)
);
create index history_by_type on history (type, updated_at);

-- In each further patient's compartment, a sealed pointer to a resource that lives elsewhere.
create table pointer (
  compartment uuid not null,
  pointer uuid not null,
  generation smallint not null,
  sealed bytea not null,
  constraint pointer_pkey primary key (compartment, pointer)
);

-- Finds resources by identifier: truncated keyed tags, sealed pointers.
create table directory (
  tag integer not null,
  entry uuid not null,
  sealed bytea not null,
  constraint directory_pkey primary key (tag, entry)
);

-- One row for each criterion of a conditional write, counted up by each, so that of two racing
-- ones the later sees that it lost.
create table claim (
  criterion uuid not null,
  version integer not null,
  taken_at timestamptz(3) not null,
  constraint claim_pkey primary key (criterion),
  constraint claim_version_positive check (version >= 1)
);

-- Ciphertext does not compress: do not try.
alter table resource alter column sealed set storage external, alter column capsule set storage external;
alter table history alter column sealed set storage external, alter column capsule set storage external;
