-- Compartments whose keys were destroyed: when, why, and how far it is until no copy here opens them any more.
create table destruction (
  compartment uuid not null,
  -- Whose key sealed the patient key: it has to go too.
  epoch uuid not null,
  destroyed_at timestamptz(3) not null,
  -- Since then the keyring has no longer what sealed the patient key, nor what opens the directory of then.
  rewrapped_at timestamptz(3),
  -- Since then PostgreSQL has no longer its bytes: neither in the table nor in the write-ahead log.
  purged_at timestamptz(3),
  -- What of that could not be done from here: words of src/kernel/keys/shredding/purge.ts.
  unforced text[] not null default '{}',
  -- Who it was and why, under a key of the house's: for whoever has to answer for it.
  sealed bytea not null,
  constraint destruction_key primary key (compartment),
  constraint destruction_in_order check (
    (purged_at is null or rewrapped_at is not null)
    and rewrapped_at >= destroyed_at and purged_at >= rewrapped_at
  )
);

-- Which process works on what is destroyed: one row. Whoever takes it counts `epoch` up, and can do nothing more in its name
-- once somebody else has.
create table shredding (
  one boolean not null default true,
  epoch int not null default 0,
  holder uuid,
  held_until timestamptz(3),
  -- When the last batch was through.
  done_at timestamptz(3),
  constraint shredding_key primary key (one),
  constraint shredding_is_one check (one),
  constraint shredding_held_whole check ((holder is null) = (held_until is null))
);
insert into shredding default values;

-- Keys that a room asks for by their row: the directory's, one for each time that it was built.
alter table keyring
  drop constraint keyring_purpose_known,
  add constraint keyring_purpose_known check (purpose in ('epoch', 'index', 'directory'));

-- The planner keeps samples of columns in a table of its own, where a destroyed key would stay: none of these. Naming the
-- type anew drops what it has.
alter table keyring alter column wrapped type bytea, alter column wrapped set statistics 0;
alter table compartment alter column wrapped type bytea, alter column wrapped set statistics 0;
