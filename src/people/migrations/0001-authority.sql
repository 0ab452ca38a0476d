-- Rows that confer authority: registered programs and what they were given. Of each there is the newest version alone; the
-- ledger knows which that is.
create table authority (
  -- First 16 bytes of a keyed hash of what it is known by: the name of a program, a token.
  id uuid not null,
  kind smallint not null,
  version int not null,
  -- SHA-256 of the sealed bytes of the version before; empty of the first.
  previous bytea not null,
  sealed bytea not null,
  -- As which row of ledger_staged its entry waits, or waited.
  staged uuid not null,
  -- It confers nothing after that, and is swept.
  ends_at timestamptz(3),
  constraint authority_key primary key (id),
  constraint authority_kind_known check (kind between 1 and 2),
  constraint authority_numbered check (version >= 1),
  constraint authority_chained check (octet_length(previous) = case when version = 1 then 0 else 32 end)
);
create index authority_ends on authority (ends_at);

-- What counts once: the ids of assertions and proofs.
create table used_once (
  id uuid not null,
  -- It is refused as too old by then.
  ends_at timestamptz(3) not null,
  constraint used_once_key primary key (id)
);
create index used_once_ends on used_once (ends_at);
