-- Search without searchable tokens: the values that a search compares, sealed. What each column tells a
-- thief of the disk: docs/spec/leakage.md.

-- How many blocks each compartment was given so far. Every write counts it up under the row's lock, so the order of
-- the positions in a compartment is the order of commits. `rebuilt_at`: when its blocks were last made anew from the
-- records, if ever; whoever knows them from before starts anew.
create table head (
  compartment uuid not null,
  position bigint not null,
  updated_at timestamptz(3) not null,
  loose integer not null,
  rebuilt_at timestamptz(3),
  constraint head_pkey primary key (compartment),
  constraint head_position_positive check (position >= 1)
) with (fillfactor = 60);

-- The log of each compartment: sealed blocks of index tuples, one with each write, merged later into larger ones.
create table tuple (
  compartment uuid not null,
  position bigint not null,
  updated_at timestamptz(3) not null,
  entries integer not null,
  generation smallint not null,
  identity boolean not null,
  merged boolean not null,
  sealed bytea not null,
  constraint tuple_pkey primary key (compartment, position),
  constraint tuple_entries_positive check (entries >= 1)
);

-- Ciphertext does not compress: do not try.
alter table tuple alter column sealed set storage external;
