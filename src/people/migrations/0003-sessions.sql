-- When sessions were last used. It confers nothing: see docs/spec/people.md.
create table session_seen (
  -- First 16 bytes of a keyed hash of the session's id.
  id uuid not null,
  seen_at timestamptz(0) not null,
  -- Keyed hash of both: nobody else says that a session was used.
  tag bytea not null,
  constraint session_seen_key primary key (id),
  constraint session_seen_tagged check (octet_length(tag) = 32)
);
create index session_seen_at on session_seen (seen_at);

-- How often somebody has tried lately to be let in.
create table throttle (
  -- First 16 bytes of a keyed hash of an account and where it was tried from, or of an address.
  id uuid not null,
  -- Tries, of which half are forgotten in a quarter of an hour.
  weight float8 not null,
  counted_at timestamptz(3) not null,
  -- What the last one was told to wait.
  wait_ms int not null,
  -- Until then others are told to wait.
  free_at timestamptz(3),
  constraint throttle_key primary key (id),
  constraint throttle_weighed check (weight between 0 and 100),
  constraint throttle_bounded check (wait_ms between 0 and 61000)
);
create index throttle_counted on throttle (counted_at);
